//! `tidegate invoke`: run a function of the running server, as any AWS client would, or without one.

mod event;
pub(super) mod local;
pub(crate) mod remote;
mod sign;

use serde_json::json;

use crate::arguments::{Output, Server};
use crate::exit::{Exit, Failure};
use crate::{addresses, locate, output};

use local::Local;

/// Run a function with an event
///
/// Of the running server, or with --local without one. Prints the function's answer on standard
/// output and the end of its log on standard error. Exits with 3 if the function reported an error,
/// with 4 if there is no such function.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate invoke hello
  tidegate invoke hello --event '{\"name\": \"Ada\"}'
  tidegate invoke hello --event events/first.json
  jq -n '{name: \"Ada\"}' | tidegate invoke hello --event -
  tidegate invoke hello --local --env-vars env.json")]
pub(crate) struct Invoke {
    /// Its name, which a version or an alias may follow: `hello:live`
    function: String,
    /// A file, inline JSON, or - for standard input
    #[arg(long, short, value_name = "FILE|JSON|-", default_value = "{}")]
    event: String,
    #[command(flatten)]
    local: Local,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

/// What a function answered, wherever it ran.
pub(crate) struct Answered {
    pub(crate) payload: Vec<u8>,
    pub(crate) failed: bool,
    pub(crate) request_id: Option<String>,
    pub(crate) log: String,
}

pub(crate) fn run(command: &Invoke) -> Result<Exit, Failure> {
    let event = event::read(&command.event)?;
    let is_json = command.output.is_json();
    let answered = if command.local.local {
        command.local.invoke(&command.server, &command.function, event, is_json)?
    } else {
        let aws = addresses::of(locate::server(&command.server)?)?.aws;
        let answered = remote::invoke(&aws, &command.function, event)?;
        if !is_json {
            output::note(&answered.log);
        }
        answered
    };
    answered.print(is_json)
}

impl Answered {
    /// The answer on standard output; with JSON, the log too.
    pub(super) fn print(&self, is_json: bool) -> Result<Exit, Failure> {
        if is_json {
            output::json(&self.in_full())?;
        } else {
            output::write(&self.payload)?;
            output::write(b"\n")?;
        }
        Ok(if self.failed { Exit::FunctionError } else { Exit::Done })
    }

    fn in_full(&self) -> serde_json::Value {
        let text = String::from_utf8_lossy(&self.payload);
        let payload = serde_json::from_slice(&self.payload).unwrap_or_else(|_| json!(text));
        json!({
            "payload": payload,
            "functionError": self.failed.then_some("Unhandled"),
            "requestId": self.request_id,
            "log": self.log,
        })
    }
}
