//! `tidegate restore`: puts a backup in the place of what a server keeps.

use std::path::PathBuf;

use serde_json::json;

use crate::arguments::Output;
use crate::exit::{Exit, Failure};
use crate::{locate, output};

/// Put a backup in the place of what a stopped server keeps
///
/// The file is read through first, and a damaged one changes nothing. What was there before is kept
/// beside it, and can be restored in turn. A running server is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate restore monday.db
  tidegate restore /backups/2026-11-21.db --state /var/lib/tidegate")]
pub(crate) struct Restore {
    /// What `tidegate backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Folder of the stack that is meant [default: the nearest tidegate.yaml upwards]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The server's state folder [default: .tidegate beside the manifest]
    #[arg(long, value_name = "DIR", env = "TIDEGATE_STATE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

const STATE: &str =
    "name the stack's folder with --dir DIR, or the server's state folder with --state DIR";

pub(crate) fn run(command: &Restore) -> Result<Exit, Failure> {
    let state = match (&command.state, &command.dir) {
        (Some(state), None) => std::path::absolute(state)?,
        (given, dir) => {
            locate::state(given.as_deref(), &locate::manifest_or(dir.as_deref(), STATE)?)?
        }
    };
    let restored = server::restore(&state, &command.file).map_err(|error| {
        let failure = Failure::failed(error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    })?;
    if command.output.is_json() {
        let before = restored.before.as_ref().map(|path| path.display().to_string());
        output::json(&json!({ "state": state, "bytes": restored.bytes, "before": before }))?;
        return Ok(Exit::Done);
    }
    let mut text = format!("restored {} bytes into {}\n", restored.bytes, state.display());
    if let Some(before) = restored.before {
        text.push_str(&format!("what was there before is in {}\n", before.display()));
    }
    output::write(text.as_bytes())?;
    Ok(Exit::Done)
}
