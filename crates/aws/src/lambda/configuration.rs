//! A function's configuration, as many actions answer it.

use std::collections::BTreeMap;

use functions::{Described, Update};
use model::{
    Arn, DeadLetters, FunctionDetails, FunctionName, FunctionSettings, FunctionVersion,
    MadeFunction, PublishedSource, PublishedVersion, Snapshot, Timestamp,
};
use serde::Serialize;

use super::named::Named;
use super::problem::{arn, no_function};
use super::revision;
use crate::call::Call;
use crate::error::AwsError;
use crate::role::OWN_ROLE;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Configuration {
    function_name: String,
    function_arn: String,
    runtime: String,
    role: String,
    handler: String,
    code_size: u64,
    description: String,
    timeout: u64,
    memory_size: u64,
    last_modified: String,
    pub(super) code_sha256: String,
    pub(super) version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<DeadLetterConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment>,
    tracing_config: TracingConfig,
    pub(super) revision_id: String,
    state: &'static str,
    last_update_status: &'static str,
    package_type: &'static str,
    architectures: [&'static str; 1],
    ephemeral_storage: EphemeralStorage,
    snap_start: SnapStart,
    logging_config: LoggingConfig,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetterConfig {
    target_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    variables: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TracingConfig {
    mode: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EphemeralStorage {
    size: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapStart {
    apply_on: &'static str,
    optimization_status: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoggingConfig {
    log_format: &'static str,
    log_group: String,
}

/// `2026-11-21T11:00:00.000+0000`.
pub(super) fn written(time: Timestamp) -> String {
    time.to_string().replace('Z', "+0000")
}

/// Of what an invocation with this name would run.
pub(super) async fn of(call: &Call<'_>, named: &Named) -> Result<Configuration, AwsError> {
    let described = call.backing.functions.describe(&named.function, &named.qualifier()).await;
    let missing = || no_function(&call.backing.account, named.id());
    let described = described.ok_or_else(missing)?;
    let all = call.backing.control.resources();
    let mut configuration = describe(call, &all, &described);
    configuration.function_arn = named.arn(call);
    Ok(configuration)
}

/// Under its own ARN: a published version's has its number.
pub(super) fn describe(call: &Call<'_>, all: &Snapshot, described: &Described) -> Configuration {
    let function = &described.function;
    let details = details(all, described);
    let dead_letters = dead_letters(all, &function.name);
    let account = &call.backing.account;
    let function_arn = match described.version {
        FunctionVersion::Latest => arn(account, &function.name),
        published => arn(account, format!("{}:{published}", function.name)),
    };
    let variables = function.environment.clone();
    Configuration {
        function_name: function.name.to_string(),
        function_arn,
        runtime: function.runtime.to_string(),
        role: details.role,
        handler: function.handler.clone(),
        code_size: details.code_bytes,
        description: details.description,
        timeout: function.timeout.as_secs().max(1),
        memory_size: function.memory.0 >> 20,
        last_modified: written(details.changed),
        code_sha256: details.code_sha256,
        version: described.version.to_string(),
        dead_letter_config: dead_letters.map(|to| DeadLetterConfig { target_arn: to.to_string() }),
        environment: (!variables.is_empty()).then_some(Environment { variables }),
        tracing_config: TracingConfig { mode: "PassThrough" },
        revision_id: revision::of_function(all, described),
        state: "Active",
        last_update_status: match described.update {
            Update::Done => "Successful",
            Update::UnderWay => "InProgress",
        },
        package_type: "Zip",
        architectures: [architecture()],
        ephemeral_storage: EphemeralStorage { size: 512 },
        snap_start: SnapStart { apply_on: "None", optimization_status: "Off" },
        logging_config: LoggingConfig {
            log_format: "Text",
            log_group: format!("/aws/lambda/{}", function.name),
        },
    }
}

fn details(all: &Snapshot, described: &Described) -> FunctionDetails {
    let name = &described.function.name;
    let kept = match described.version {
        FunctionVersion::Latest => all.get::<MadeFunction>(name).map(|made| &made.details),
        FunctionVersion::Published(number) => {
            let published = all.get::<PublishedVersion>(PublishedVersion::id(name, number));
            published.map(|published| &published.details)
        }
    };
    kept.cloned().unwrap_or_else(|| own(described))
}

/// What is told of a function that the manifest declares.
pub(super) fn own(described: &Described) -> FunctionDetails {
    FunctionDetails {
        description: String::new(),
        role: OWN_ROLE.to_owned(),
        code_sha256: described.code_sha256.clone(),
        code_bytes: described.code_bytes,
        changed: described.since,
    }
}

/// The details to freeze with a version, and what they were of `$LATEST`.
pub(super) fn frozen(
    all: &Snapshot,
    latest: &Described,
    description: Option<&str>,
    now: Timestamp,
) -> (FunctionDetails, PublishedSource) {
    let details = details(all, latest);
    let source = PublishedSource {
        description: details.description.clone(),
        role: details.role.clone(),
        dead_letters: dead_letters(all, &latest.function.name).cloned(),
    };
    let description = description.map_or(details.description, str::to_owned);
    (FunctionDetails { description, changed: now, ..details }, source)
}

fn dead_letters<'a>(all: &'a Snapshot, function: &FunctionName) -> Option<&'a Arn> {
    let settings = all.get::<FunctionSettings>(function);
    let of_settings = settings.and_then(|settings| settings.dead_letters.as_ref());
    of_settings.or_else(|| all.get::<DeadLetters>(function).map(|it| &it.to))
}

pub(super) fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

impl Configuration {
    /// Gives `$LATEST` its qualifier, too, as lists of versions do.
    pub(super) fn qualify(&mut self) {
        if self.version == "$LATEST" {
            self.function_arn.push_str(":$LATEST");
        }
    }
}
