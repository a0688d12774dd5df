//! `tidegate ls`: the stacks of a server.

use serde_json::Value;

use crate::arguments::{Daemon, Output};
use crate::exit::{Exit, Failure};
use crate::{client, locate, table};

/// List the stacks that are deployed to a server
#[derive(Debug, clap::Args)]
pub(crate) struct Ls {
    #[command(flatten)]
    daemon: Daemon,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Ls) -> Result<Exit, Failure> {
    let server = locate::daemon(&command.daemon)?;
    let all = client::get_json(server.admin(), "/deployments")?;
    command.output.tell(&all, || text(&all))
}

fn text(all: &Value) -> String {
    let all = all["deployments"].as_array().map(Vec::as_slice).unwrap_or_default();
    if all.is_empty() {
        return "no stacks; `tidegate deploy DIR` brings one\n".to_owned();
    }
    let row = |one: &Value| {
        let text = |key: &str| table::text(one, key).to_owned();
        let (revision, resources) = (one["revision"].to_string(), one["resources"].to_string());
        vec![text("name"), revision, resources, table::minute(&text("at")), text("by")]
    };
    let troubled = all.iter().filter_map(|one| {
        let (name, trouble) = (table::text(one, "name"), one["trouble"].as_str()?);
        Some(format!("{name} is not served: {trouble}\n"))
    });
    table::drawn(&["STACK", "REVISION", "RESOURCES", "DEPLOYED", "BY"], all.iter().map(row))
        + &troubled.collect::<String>()
}
