//! `tidegate rollback`: go back to an earlier revision of a stack.

use std::collections::BTreeSet;

use http::Method;
use serde_json::json;

use super::deploy::{deployed, stream, who};
use crate::arguments::{Daemon, Output};
use crate::exit::{Exit, Failure};
use crate::{client, locate, output};

/// Go back to an earlier revision of a deployed stack
///
/// It becomes the next revision, with the values that it was deployed with, as any deployment does: what is
/// new starts first, and if something does not, nothing changes.
#[derive(Debug, clap::Args)]
pub(crate) struct Rollback {
    /// The stack, with its environment behind an @
    #[arg(value_name = "STACK")]
    name: String,
    /// The revision to go back to [default: the one before the latest]
    #[arg(long, value_name = "REVISION")]
    to: Option<u64>,
    #[command(flatten)]
    daemon: Daemon,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Rollback) -> Result<Exit, Failure> {
    let server = locate::daemon(&command.daemon)?;
    let path = format!("/deployments/{}/rollback", client::encoded(&command.name));
    let body = json!({ "by": who(), "to": command.to });
    let result = stream::follow(
        server.admin(),
        Method::POST,
        &path,
        &body,
        (&command.output).into(),
        &BTreeSet::new(),
    )?;
    if !command.output.is_json() {
        output::write(deployed(&result).as_bytes())?;
    }
    Ok(Exit::Done)
}
