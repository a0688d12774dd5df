//! Runs a function so that a debugger can attach: Python's `debugpy`, out of the function's own
//! packages, Node's inspector, or Java's debug wire protocol. Nothing about it is timed.

use std::ffi::OsString;
use std::time::Duration;

use model::{Function, FunctionName, Language};

/// The one function that is debugged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debugger {
    pub function: FunctionName,
    /// Of 127.0.0.1, which sandboxes share with the host.
    pub port: u16,
    pub start: Start,
}

/// What happens until a debugger attaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The function runs.
    AtOnce,
    /// Nothing of the function's code runs.
    Attached,
}

/// Longer than anybody looks at one line, and short enough for every clock it is added to.
const UNTIMED: Duration = Duration::from_hours(24);

/// What the bootstrap of Python reads, and takes out of what the function sees.
const PORT: &str = "TIDEGATE_DEBUG_PORT";
const WAIT: &str = "TIDEGATE_DEBUG_WAIT";

impl Debugger {
    /// The function with one environment that may take its time, or why it cannot be debugged.
    pub(crate) fn untimed(&self, function: &Function) -> Result<Function, String> {
        if function.runtime.language() == Language::Native {
            return Err(format!(
                "`{}` takes no --debug-port: only Python, Node and Java functions wait for a debugger",
                function.runtime
            ));
        }
        let mut untimed = function.clone();
        (untimed.timeout, untimed.queue_wait, untimed.concurrency) = (UNTIMED, UNTIMED, 1);
        Ok(untimed)
    }

    /// What the interpreter is told before its program.
    pub(crate) fn flags(&self, language: Language) -> Vec<OsString> {
        let port = self.port;
        let is_waiting = self.start == Start::Attached;
        let flag = match language {
            Language::Node if is_waiting => format!("--inspect-brk=127.0.0.1:{port}"),
            Language::Node => format!("--inspect=127.0.0.1:{port}"),
            Language::Java => {
                let suspend = if is_waiting { 'y' } else { 'n' };
                let how = format!("transport=dt_socket,server=y,suspend={suspend}");
                format!("-agentlib:jdwp={how},address=127.0.0.1:{port}")
            }
            Language::Python | Language::Native => return Vec::new(),
        };
        vec![flag.into()]
    }

    pub(crate) fn variables(&self, language: Language) -> Vec<(OsString, OsString)> {
        if language != Language::Python {
            return Vec::new();
        }
        let mut variables = vec![
            (PORT.into(), self.port.to_string().into()),
            // The interpreter's own modules come frozen, which it warns of at each start.
            ("PYDEVD_DISABLE_FILE_VALIDATION".into(), "1".into()),
        ];
        if self.start == Start::Attached {
            variables.push((WAIT.into(), "1".into()));
        }
        variables
    }
}
