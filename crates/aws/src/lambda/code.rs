//! Code and settings of functions that AWS calls make.

mod members;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use functions::{KeptCode, Problem, Silent};
use http::StatusCode;
use model::{
    Account, Arn, ByteSize, FilePatterns, Function, FunctionConfiguration, FunctionDetails,
    FunctionName, MadeFunction, Runtime, SandboxMode, Timestamp,
};
use serde::Deserialize;

use super::problem::{self, invalid};
use super::unsupported::{self, Members};
use super::{environment, function_name};
use crate::call::Call;
use crate::error::AwsError;

/// As in a manifest that says nothing else.
const CONCURRENCY: u32 = 10;
const QUEUE_WAIT: Duration = Duration::from_secs(1);
/// The member that names a container image.
const IMAGE: &str = "ImageUri";

/// A request with a zip of 50 MiB, in base64.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub(super) const REQUEST_BYTES: u64 = 70_167_211;

/// Where code comes from: only from the request itself.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Zip {
    zip_file: Option<String>,
    s3_bucket: Option<String>,
    architectures: Option<Vec<String>>,
    #[serde(flatten)]
    others: Members,
}

/// What a function is made or changed to be.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Wanted {
    role: Option<String>,
    handler: Option<String>,
    runtime: Option<String>,
    description: Option<String>,
    pub(super) timeout: Option<i64>,
    memory_size: Option<i64>,
    environment: Option<Environment>,
    dead_letter_config: Option<DeadLetterConfig>,
    architectures: Option<Vec<String>>,
    package_type: Option<String>,
    #[serde(flatten)]
    others: Members,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetterConfig {
    target_arn: Option<String>,
}

/// A zip that the server has on its disk, at least for as long as this lives: until a function is made of it.
pub(super) struct Kept {
    code: KeptCode,
    bytes: u64,
}

pub(super) fn name(text: &str, ours: &Account) -> Result<FunctionName, AwsError> {
    let named = function_name::read(text, ours)?;
    match named.qualifier {
        Some(_) => Err(invalid(format!("Unsupported function name: {text}"))),
        None => Ok(named.function),
    }
}

pub(super) fn too_large(bytes: u64, action: &str) -> AwsError {
    AwsError::user(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLargeException",
        format!("Request must be smaller than {bytes} bytes for the {action} operation"),
    )
}

pub(super) async fn keep(
    call: &Call<'_>,
    name: &FunctionName,
    zip: &Zip,
) -> Result<Kept, AwsError> {
    if zip.s3_bucket.is_some() {
        return Err(invalid("S3Bucket is not supported by this server; send the code in ZipFile"));
    }
    if zip.others.contains_key(IMAGE) {
        return Err(no_images());
    }
    unsupported::refuse(&zip.others, name)?;
    members::check_architectures(zip.architectures.as_deref())?;
    let text = zip.zip_file.as_ref();
    let text = text.ok_or_else(|| invalid("Please provide a source for function code."))?;
    let bytes = BASE64_STANDARD.decode(text);
    let bytes = bytes.map_err(|_| invalid("ZipFile is not base64"))?;
    let size = bytes.len() as u64;
    let kept = call.backing.functions.keep_code(bytes).await;
    let code = kept.map_err(|error| AwsError::service("ServiceException", error.to_string()))?;
    Ok(Kept { code, bytes: size })
}

pub(super) fn new(name: FunctionName, kept: &Kept) -> MadeFunction {
    MadeFunction {
        function: Box::new(Function {
            name,
            runtime: Runtime::Provided("provided.al2023".to_owned()),
            code: kept.code.path.clone().into(),
            files: FilePatterns::default(),
            handler: String::new(),
            build: None,
            layers: Vec::new(),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(3),
            memory: ByteSize::mib(128),
            concurrency: CONCURRENCY,
            queue_wait: QUEUE_WAIT,
            data: false,
            runtime_libraries: true,
            sandbox: SandboxMode::default(),
        }),
        details: FunctionDetails {
            code_sha256: kept.code.sha256.clone(),
            code_bytes: kept.bytes,
            ..FunctionDetails::default()
        },
    }
}

/// A zip says neither what runs it nor where it begins; a role has no meaning here, and is a part of
/// what every function is asked for.
pub(super) fn check_mandatory(wanted: &Wanted, zip: &Zip) -> Result<(), AwsError> {
    // An image has neither a runtime nor a handler, which is not what is wrong with it.
    if wanted.package_type.as_deref() == Some("Image") || zip.others.contains_key(IMAGE) {
        return Err(no_images());
    }
    if wanted.role.is_none() {
        return Err(AwsError::null("role"));
    }
    if wanted.runtime.is_none() || wanted.handler.is_none() {
        return Err(invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment \
             packages.",
        ));
    }
    Ok(())
}

fn no_images() -> AwsError {
    invalid(
        "PackageType Image is not supported by this server, which runs no container images: send \
         the code as a zip in ZipFile, with Runtime and Handler",
    )
}

pub(super) fn replace(made: &mut MadeFunction, kept: &Kept, now: Timestamp) {
    made.function.code = kept.code.path.clone().into();
    // They were of a folder; a zip is taken as it is.
    made.function.files = FilePatterns::default();
    made.details.code_sha256.clone_from(&kept.code.sha256);
    made.details.code_bytes = kept.bytes;
    made.details.changed = now;
}

pub(super) fn set(
    made: &mut MadeFunction,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<(), AwsError> {
    members::check(wanted)?;
    if wanted.package_type.as_deref() == Some("Image") {
        return Err(no_images());
    }
    members::check_architectures(wanted.architectures.as_deref())?;
    let function = &mut made.function;
    unsupported::refuse(&wanted.others, &function.name)?;
    if let Some(runtime) = &wanted.runtime {
        let refused = || invalid(format!("Value {runtime} at 'runtime' is not supported here"));
        function.runtime = Runtime::parse(runtime).ok_or_else(refused)?;
    }
    if let Some(seconds) = wanted.timeout {
        function.timeout = Duration::from_secs(seconds.unsigned_abs());
    }
    if let Some(megabytes) = wanted.memory_size {
        function.memory = ByteSize::mib(megabytes.unsigned_abs());
    }
    if let Some(environment) = &wanted.environment {
        environment::check(&environment.variables)?;
        function.environment.clone_from(&environment.variables);
    }
    if let Some(handler) = &wanted.handler {
        function.handler.clone_from(handler);
    }
    if let Some(role) = &wanted.role {
        made.details.role.clone_from(role);
    }
    if let Some(description) = &wanted.description {
        made.details.description.clone_from(description);
    }
    made.details.changed = now;
    Ok(())
}

/// What only the manifest says of its functions.
pub(super) fn refuse_declared(wanted: &Wanted, function: &FunctionName) -> Result<(), AwsError> {
    let declared = [
        ("Runtime", wanted.runtime.is_some()),
        ("Role", wanted.role.is_some()),
        ("Description", wanted.description.is_some()),
        ("DeadLetterConfig", wanted.dead_letter_config.is_some()),
    ];
    match declared.iter().find(|(_, is_asked)| *is_asked) {
        Some((member, _)) => Err(problem::conflict(format!(
            "function `{function}` is declared in the stack's manifest; change its {member} there"
        ))),
        None => Ok(()),
    }
}

/// What is asked for, over what was before.
pub(super) fn configured(
    known: FunctionConfiguration,
    wanted: &Wanted,
    made: &MadeFunction,
) -> FunctionConfiguration {
    let function = &made.function;
    FunctionConfiguration {
        handler: wanted.handler.clone().or(known.handler),
        timeout: wanted.timeout.map(|_| function.timeout).or(known.timeout),
        memory: wanted.memory_size.map(|_| function.memory).or(known.memory),
        environment: wanted
            .environment
            .as_ref()
            .map(|it| it.variables.clone())
            .or(known.environment),
        function: known.function,
    }
}

/// The dead letters' target: none is said, or that there is none, or which.
pub(super) fn dead_letters(wanted: &Wanted) -> Result<Option<Option<Arn>>, AwsError> {
    let Some(config) = &wanted.dead_letter_config else { return Ok(None) };
    let Some(text) = config.target_arn.as_ref().filter(|text| !text.is_empty()) else {
        return Ok(Some(None));
    };
    let arn = Arn::parse(text).filter(|arn| matches!(arn.service(), "sqs" | "sns"));
    let refused =
        || invalid(format!("the dead-letter target {text} is neither a queue nor a topic"));
    let arn = arn.ok_or_else(refused)?;
    if arn.resource().ends_with(".fifo") {
        return Err(invalid(format!(
            "The dead-letter target {arn} is invalid: FIFO is not supported"
        )));
    }
    Ok(Some(Some(arn)))
}

/// What would not run is refused before anything is changed.
pub(super) async fn check(call: &Call<'_>, made: &MadeFunction) -> Result<(), AwsError> {
    let functions = std::slice::from_ref(&*made.function);
    match call.backing.functions.prepare(functions, &Silent).await {
        Ok(_) => Ok(()),
        Err(problems) => {
            let kept = made.function.code.path().map(PathBuf::as_path);
            Err(invalid(would_not_run(kept, &reasons(&problems))))
        }
    }
}

/// A stack's function is replaced only by what starts, whoever changes it.
pub(super) async fn check_start(call: &Call<'_>, made: &MadeFunction) -> Result<(), AwsError> {
    let tried = call.backing.functions.try_out(&made.function).await;
    tried.map_err(|problems| {
        invalid(format!(
            "It would not start so, and goes on as it is: {}",
            reasons(&problems).join("; ")
        ))
    })
}

fn reasons(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// Where the server keeps the zip is nothing to who sent it.
fn would_not_run(kept: Option<&Path>, reasons: &[String]) -> String {
    let mut reasons = reasons.join("; ");
    if let Some(kept) = kept {
        reasons = reasons.replace(&format!("`{}`", kept.display()), "`ZipFile`");
    }
    format!("Could not unzip uploaded file or run it: {reasons}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_letters_go_to_a_standard_queue_or_topic() {
        let target = |arn: &str| {
            let config = serde_json::json!({ "DeadLetterConfig": { "TargetArn": arn } });
            let wanted: Wanted = serde_json::from_value(config).expect("a configuration");
            dead_letters(&wanted)
                .map(|dead| dead.flatten().is_some())
                .map_err(|it| it.code().into())
        };
        let refused: Result<bool, String> = Err("InvalidParameterValueException".to_owned());
        assert_eq!(target("arn:aws:sqs:us-east-1:000000000000:dead"), Ok(true));
        assert_eq!(target(""), Ok(false));
        assert_eq!(target("arn:aws:sqs:us-east-1:000000000000:dead.fifo"), refused);
        assert_eq!(target("arn:aws:sns:us-east-1:000000000000:dead.fifo"), refused);
        assert_eq!(target("arn:aws:lambda:us-east-1:000000000000:function:f"), refused);
    }

    #[test]
    fn a_reason_names_the_member_and_no_path_of_the_server() {
        let kept = Path::new("/srv/state/code/0a85.zip");
        let reason = format!("function `hello`: `{}` is not a readable zip", kept.display());
        assert_eq!(
            would_not_run(Some(kept), &[reason]),
            "Could not unzip uploaded file or run it: function `hello`: `ZipFile` is not a readable zip"
        );
    }
}
