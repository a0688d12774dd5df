//! `tidegate logout`: forget a server and its token.

use serde_json::json;

use crate::arguments::Output;
use crate::exit::{Exit, Failure};
use crate::logins::Logins;
use crate::output;

/// Forget a server that `tidegate login` remembers, with its token
///
/// The token itself stays good: `tidegate token --rotate` on the server's machine makes another one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate logout
  tidegate logout production")]
pub(crate) struct Logout {
    /// The server [default: the one that is meant when none is named]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Logout) -> Result<Exit, Failure> {
    let mut logins = Logins::read()?;
    let latest = command.name.clone().or_else(|| logins.latest.clone());
    let name = latest.ok_or_else(|| {
        Failure::usage("no server is meant").help("`tidegate login --list` shows which are known")
    })?;
    logins.find(&name)?;
    logins.servers.remove(&name);
    if logins.latest.as_ref() == Some(&name) {
        logins.latest = None;
    }
    logins.write()?;
    if command.output.is_json() {
        output::json(&json!({ "name": name }))?;
    } else {
        output::line(&format!("logged out of {name}"))?;
    }
    Ok(Exit::Done)
}
