//! The environment variables of a function, as Lambda sets them. Nothing comes from the host.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use model::{Function, FunctionVersion, Language};

use crate::Settings;

/// Where a function sees its folders.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    pub(crate) task: &'a Path,
    /// Absent when it has no layers and the host's `/opt` would show instead.
    pub(crate) layers: Option<&'a Path>,
    pub(crate) runtime: &'a Path,
    /// What it imports and does not bring.
    pub(crate) libraries: Option<&'a Path>,
    pub(crate) data: Option<&'a Path>,
}

pub(crate) fn of(
    function: &Function,
    version: FunctionVersion,
    settings: &Settings,
    places: &Places<'_>,
) -> Vec<(OsString, OsString)> {
    let mut all = BTreeMap::new();
    let task = places.task.display().to_string();
    let mut set = |name: &str, value: String| all.insert(name.to_owned(), value);
    set("_HANDLER", function.handler.clone());
    set("AWS_REGION", settings.region.clone());
    set("AWS_DEFAULT_REGION", settings.region.clone());
    set("AWS_EXECUTION_ENV", format!("AWS_Lambda_{}", function.runtime));
    set("AWS_LAMBDA_FUNCTION_NAME", function.name.to_string());
    set("AWS_LAMBDA_FUNCTION_VERSION", version.to_string());
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", (function.memory.0 >> 20).to_string());
    set("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name));
    set("AWS_ACCESS_KEY_ID", "test".to_owned());
    set("AWS_SECRET_ACCESS_KEY", "test".to_owned());
    set("AWS_SESSION_TOKEN", "test".to_owned());
    set("LAMBDA_RUNTIME_DIR", places.runtime.display().to_string());
    set("LANG", "en_US.UTF-8".to_owned());
    set("TZ", ":UTC".to_owned());
    if let Some(data) = places.data {
        set("TIDEGATE_DATA", data.display().to_string());
    }
    paths(function, places, &mut set);
    for (name, value) in settings.variables.iter().chain(&function.environment) {
        set(name, value.clone());
    }
    // What Lambda reserves: a function cannot move its own code.
    set("LAMBDA_TASK_ROOT", task);
    all.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn paths(
    function: &Function,
    places: &Places<'_>,
    set: &mut impl FnMut(&str, String) -> Option<String>,
) {
    let task = places.task.display();
    let layers = places.layers.map(|layers| layers.display().to_string());
    let mut programs = vec!["/usr/local/bin".to_owned(), "/usr/bin".into(), "/bin".into()];
    let mut libraries = vec![
        "/lib64".to_owned(),
        "/usr/lib64".into(),
        places.runtime.display().to_string(),
        task.to_string(),
        format!("{task}/lib"),
    ];
    let mut modules = vec![format!("{task}/node_modules")];
    if let Some(layers) = &layers {
        programs.push(format!("{layers}/bin"));
        libraries.push(format!("{layers}/lib"));
        modules.insert(0, format!("{layers}/nodejs/node_modules"));
        set("TIDEGATE_LAYERS", layers.clone());
    }
    // Last, as on Lambda: what the code or a layer brings wins.
    let mut packages = vec![places.runtime.display().to_string()];
    if let Some(libraries) = places.libraries {
        modules.push(libraries.join("node_modules").display().to_string());
        packages.push(libraries.display().to_string());
        set("TIDEGATE_LIBRARIES", libraries.display().to_string());
    }
    set("PATH", programs.join(":"));
    set("LD_LIBRARY_PATH", libraries.join(":"));
    match function.runtime.language() {
        Language::Node => set("NODE_PATH", modules.join(":")),
        Language::Python => set("PYTHONPATH", packages.join(":")),
        Language::Native | Language::Java => None,
    };
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::Duration;

    use model::{ByteSize, FunctionName, ManualClock, Runtime, SandboxMode, Timestamp};

    use super::*;

    #[test]
    fn a_functions_own_variables_win_but_not_over_its_code() {
        let mut settings = Settings::new("/state", Arc::new(ManualClock::at(Timestamp(0))));
        settings.variables.insert("AWS_ENDPOINT_URL".into(), "http://127.0.0.1:4566".into());
        settings.variables.insert("AWS_ACCESS_KEY_ID".into(), "key".into());
        let function = Function {
            name: FunctionName::parse("f").expect("valid"),
            runtime: Runtime::Python { minor: 12 },
            code: PathBuf::from("/code").into(),
            handler: "index.handler".into(),
            build: None,
            layers: Vec::new(),
            environment: [("AWS_REGION", "eu-west-1"), ("LAMBDA_TASK_ROOT", "/elsewhere")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            timeout: Duration::from_secs(3),
            memory: ByteSize::mib(256),
            concurrency: 1,
            queue_wait: Duration::from_secs(1),
            data: false,
            runtime_libraries: true,
            files: model::FilePatterns::default(),
            sandbox: SandboxMode::Off,
        };
        let places = Places {
            task: Path::new("/var/task"),
            layers: Some(Path::new("/opt")),
            runtime: Path::new("/var/runtime"),
            libraries: Some(Path::new("/var/lang")),
            data: None,
        };
        let all: BTreeMap<_, _> =
            of(&function, FunctionVersion::Published(3), &settings, &places).into_iter().collect();
        let check = |name: &str, value: &str| {
            assert_eq!(all.get(&OsString::from(name)), Some(&OsString::from(value)), "{name}");
        };
        check("AWS_REGION", "eu-west-1");
        check("LAMBDA_TASK_ROOT", "/var/task");
        check("AWS_ENDPOINT_URL", "http://127.0.0.1:4566");
        check("AWS_ACCESS_KEY_ID", "key");
        check("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256");
        check("AWS_LAMBDA_FUNCTION_VERSION", "3");
        check("PYTHONPATH", "/var/runtime:/var/lang");
        check("AWS_EXECUTION_ENV", "AWS_Lambda_python3.12");
        check("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin");
        assert!(!all.contains_key(&OsString::from("HOME")));
    }
}
