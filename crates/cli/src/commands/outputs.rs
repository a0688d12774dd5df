//! `tidegate outputs`: where what a deployed stack declares is reached.

use std::fmt::Write;

use serde_json::Value;

use crate::arguments::{Daemon, Output};
use crate::exit::{Exit, Failure};
use crate::{client, locate};

/// Show where a deployed stack is reached: its URLs and ARNs
#[derive(Debug, clap::Args)]
pub(crate) struct Outputs {
    /// The stack, with its environment behind an @
    #[arg(value_name = "STACK")]
    name: String,
    #[command(flatten)]
    daemon: Daemon,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Outputs) -> Result<Exit, Failure> {
    let server = locate::daemon(&command.daemon)?;
    let path = format!("/deployments/{}", client::encoded(&command.name));
    let one = client::get_json(server.admin(), &path)?;
    command.output.tell(&one["outputs"], || text(&one["outputs"]))
}

/// One line for each.
pub(crate) fn text(outputs: &Value) -> String {
    let mut text = String::new();
    for (kind, some) in outputs.as_object().into_iter().flatten() {
        for (name, value) in some.as_object().into_iter().flatten() {
            let kind = kind.trim_end_matches('s');
            let _ = writeln!(text, "  {kind} {name}  {}", value.as_str().unwrap_or_default());
        }
    }
    text
}
