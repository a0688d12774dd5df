//! What the platform decides for every function.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::{Clock, FunctionName, FunctionVersion};
use sandbox::Launcher;

use crate::{Debugger, Recorder};

/// Everything [`crate::Functions`] is told once, at start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Logs, bootstraps and staged code live below this folder.
    pub state: PathBuf,
    /// Functions that keep data have a folder of their own below this one.
    pub data: PathBuf,
    pub clock: Arc<dyn Clock>,
    /// Starts processes in isolation. Without one, functions are plain child processes, and
    /// preparing a function whose sandbox is required fails.
    pub launcher: Option<Launcher>,
    /// Where interpreters are looked for: the server's own `PATH`.
    pub path: OsString,
    /// `AWS_REGION` of every function, and the region in their ARNs.
    pub region: String,
    /// Twelve digits, the account in ARNs.
    pub account: String,
    /// Added to every function's environment: `AWS_ENDPOINT_URL`, credentials. A function's own
    /// variables win.
    pub variables: BTreeMap<String, String>,
    /// Lambda allows 10 s for an environment to become ready.
    pub init_timeout: Duration,
    /// An environment that served nothing for this long is stopped.
    pub idle: Duration,
    /// An environment older than this is stopped after its invocation.
    pub max_age: Duration,
    /// Most invocations at once, of all functions together.
    pub account_concurrency: u32,
    /// Most invocations of one function that wait for an environment at once.
    pub queue: usize,
    /// Hears of every invocation.
    pub recorder: Option<Arc<dyn Recorder>>,
    /// The one function that waits for a debugger.
    pub debugger: Option<Debugger>,
}

impl Settings {
    /// Whether somebody may be looking at this function for hours.
    pub(crate) fn debugs(&self, function: &FunctionName) -> bool {
        self.debugger_of(function, FunctionVersion::Latest).is_some()
    }

    /// One port is for one version.
    pub(crate) fn debugger_of(
        &self,
        function: &FunctionName,
        number: FunctionVersion,
    ) -> Option<&Debugger> {
        let is_meant =
            |it: &&Debugger| it.function == *function && number == FunctionVersion::Latest;
        self.debugger.as_ref().filter(is_meant)
    }

    /// Lambda's own limits where it documents them.
    pub fn new(state: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        let state = state.into();
        Self {
            data: state.join("data"),
            state,
            clock,
            launcher: None,
            path: "/usr/local/bin:/usr/bin:/bin".into(),
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            variables: BTreeMap::new(),
            init_timeout: Duration::from_secs(10),
            idle: Duration::from_mins(10),
            max_age: Duration::from_hours(2),
            account_concurrency: model::function::ACCOUNT_CONCURRENCY,
            queue: 1024,
            recorder: None,
            debugger: None,
        }
    }
}
