//! A platform with functions written inline, for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use functions::{Functions, Installation, Settings, Silent};
use model::invoke::{LogCapture, Outcome};
use model::{
    ByteSize, Function, FunctionError, FunctionName, Invocation, Invoke, InvokeRefusal, Qualifier,
    Reply, RequestId, Runtime, SandboxMode, SystemClock, TraceContext,
};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct TestPlatform {
    pub(crate) functions: Arc<Functions>,
    pub(crate) folder: TempDir,
}

/// A function named `f` with short limits.
pub(crate) fn function(runtime: &str, code: &Path) -> Function {
    Function {
        name: name("f"),
        runtime: Runtime::parse(runtime).expect("a runtime"),
        code: code.into(),
        handler: "index.handler".to_owned(),
        build: None,
        layers: Vec::new(),
        environment: BTreeMap::new(),
        timeout: Duration::from_secs(20),
        memory: ByteSize::mib(256),
        concurrency: 4,
        queue_wait: Duration::from_secs(20),
        data: false,
        runtime_libraries: true,
        files: model::FilePatterns::default(),
        sandbox: SandboxMode::Off,
    }
}

pub(crate) fn name(text: &str) -> FunctionName {
    FunctionName::parse(text).expect("a name")
}

pub(crate) fn event(function: &str, event: &str) -> Invocation {
    Invocation {
        function: name(function),
        qualifier: Qualifier::LATEST,
        request_id: RequestId::from_random(u128::from(fastrand::u64(..))),
        event: Bytes::copy_from_slice(event.as_bytes()),
        trace: TraceContext { trace_id: 1, span_id: 2, sampled: true },
        log: LogCapture::None,
        client: None,
    }
}

impl TestPlatform {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(adjust: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings =
            Settings::new(folder.path().join("state"), Arc::new(SystemClock::start()));
        settings.path = std::env::var_os("PATH").unwrap_or_default();
        adjust(&mut settings);
        let functions = Functions::new(settings).expect("a platform");
        Self { functions, folder }
    }

    /// Writes a code folder.
    pub(crate) fn code(&self, files: &[(&str, &str)]) -> PathBuf {
        let folder = self.folder.path().join(format!("code-{:x}", fastrand::u64(..)));
        for (path, text) in files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(&path, text).expect("a file");
        }
        folder
    }

    pub(crate) async fn install(&self, functions: &[Function]) -> Installation {
        let prepared = self.functions.prepare(functions, &Silent).await;
        self.functions.install(prepared.expect("prepared")).await
    }

    /// Installs `f` with one file of code.
    pub(crate) async fn install_code(&self, runtime: &str, file: &str, code: &str) -> Function {
        let function = function(runtime, &self.code(&[(file, code)]));
        let installation = self.install(std::slice::from_ref(&function)).await;
        assert!(installation.failed.is_empty(), "{:?}", installation.failed);
        function
    }

    pub(crate) async fn invoke(&self, payload: &str) -> Result<Reply, InvokeRefusal> {
        self.functions.invoke(event("f", payload)).await
    }

    pub(crate) async fn ok(&self, payload: &str) -> Value {
        match self.invoke(payload).await.expect("run").outcome {
            Outcome::Payload(bytes) => serde_json::from_slice(&bytes).expect("JSON"),
            other => panic!("{payload} gave {other:?}"),
        }
    }

    pub(crate) async fn error(&self, payload: &str) -> (FunctionError, Value) {
        match self.invoke(payload).await.expect("run").outcome {
            Outcome::Error(error) => {
                let document = serde_json::from_slice(&error.payload).expect("JSON");
                (error, document)
            }
            other => panic!("{payload} gave {other:?}"),
        }
    }

    /// What the function's log holds, as text.
    pub(crate) fn log(&self) -> Vec<String> {
        let records = self.functions.logs().recent(None, 10_000);
        records.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn metric(&self, metric: &str) -> u64 {
        let text = self.functions.metrics();
        let line = text.lines().find(|line| line.starts_with(&format!("{metric}{{")));
        let value = line.and_then(|line| line.rsplit(' ').next()).expect("a metric");
        value.parse().expect("a number")
    }
}
