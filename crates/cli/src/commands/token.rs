//! `tidegate token`: the admin token of a server of this machine.

use std::io::ErrorKind;
use std::path::PathBuf;

use serde_json::json;

use crate::arguments::Output;
use crate::exit::{Exit, Failure};
use crate::{locate, output};

/// Print the admin token of this machine's server, or make another one
///
/// Only who may read the server's state folder has it. A running server takes a new one at once, and the old
/// one no more: whoever is logged in with that has to log in again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sudo tidegate token
  sudo tidegate token --rotate | ssh build@ci 'cat > token'")]
pub(crate) struct Token {
    /// Make another one first
    #[arg(long)]
    rotate: bool,
    /// The server's state folder [default: that of `tidegate serve`]
    #[arg(long, value_name = "DIR", env = "TIDEGATE_STATE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Token) -> Result<Exit, Failure> {
    let state = locate::daemon_state(command.state.as_deref())?;
    let path = state.join(server::TOKEN_FILE);
    let wrong = |error: std::io::Error| {
        let failure = Failure::failed(format!("the admin token {}: {error}", path.display()));
        match error.kind() {
            ErrorKind::NotFound => failure
                .help("`tidegate serve` makes it at its first start; --state names its folder"),
            _ => failure,
        }
    };
    let before = server::token(&state);
    // A folder without one is of no server.
    let is_there = !matches!(&before, Err(error) if error.kind() == ErrorKind::NotFound);
    let token = match command.rotate && is_there {
        true => server::rotate_token(&state),
        false => before,
    };
    let token = token.map_err(wrong)?;
    if command.output.is_json() {
        output::json(&json!({ "token": token }))?;
    } else {
        output::line(&token)?;
    }
    Ok(Exit::Done)
}
