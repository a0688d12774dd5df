//! `tidegate serve`: a server that stacks are deployed to.

use std::path::PathBuf;

use server::{AdminAccess, Served};

use super::up::{Listening, LookedAt};
use crate::exit::{Exit, Failure};
use crate::locate;

/// Serve many stacks, which `tidegate deploy` brings
///
/// What was deployed before is served again. Changes need the admin token, which lies in the state folder
/// and is made at the first start; commands of the same user on this machine find it there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate serve
  tidegate serve --state /var/lib/tidegate --host 0.0.0.0 --port 80")]
pub(crate) struct Serve {
    #[command(flatten)]
    listening: Listening,
    /// Where everything is kept [default: /var/lib/tidegate for root, else tidegate in
    /// $XDG_STATE_HOME or ~/.local/state]
    #[arg(long, value_name = "DIR", env = "TIDEGATE_STATE")]
    state: Option<PathBuf>,
    /// Let everybody on this machine change what is served, without a token
    #[arg(long)]
    development: bool,
}

pub(crate) fn run(command: Serve) -> Result<Exit, Failure> {
    let Serve { listening, state, development } = command;
    let state = locate::daemon_state(state.as_deref())?;
    let access = if development { AdminAccess::Everybody } else { AdminAccess::Token };
    listening.serve(
        Served::Deployments { access },
        state,
        stack::Inputs::default(),
        LookedAt::default(),
    )
}
