//! `tidegate limits what-if`: try limits out on live traffic.

use http::Method;
use serde_json::Value;

use super::table;
use crate::arguments::{Output, Server};
use crate::exit::{Exit, Failure};
use crate::{client, locate, output};

/// Try limits out on live traffic: count whom they would refuse, and refuse nobody
///
/// LIMIT is written as in the manifest under `what_if`, in YAML or JSON. The limits given take the place
/// of those tried out on the API before, hold through reloads, and end with the server. `tidegate limits`
/// shows what each would have allowed and denied, and its callers. A request meets them whatever the
/// limits of the stack say, so that each is judged by itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate limits what-if public '{ name: strict, by: ip, rate: 5/s }'
  tidegate limits what-if public '{ name: daily, by: api-key, when_missing: skip, quota: 1000/day }' \\
      '{ name: busy, by: api, concurrency: 20 }'
  tidegate limits strict -w              what it would refuse, every second
  tidegate limits what-if public --end   stop trying

Once a limit is as it should be, move it to `limits` of the API in tidegate.yaml.")]
pub(super) struct WhatIf {
    /// The API
    #[arg(value_name = "API")]
    api: String,
    /// A limit, or a list of them
    #[arg(value_name = "LIMIT", required_unless_present = "end")]
    limits: Vec<String>,
    /// Try nothing out any more
    #[arg(long, conflicts_with = "limits")]
    end: bool,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(command: &WhatIf) -> Result<Exit, Failure> {
    let mut limits = Vec::new();
    for text in &command.limits {
        limits.extend(stack::written_candidates("LIMIT", text).map_err(|problems| {
            output::note(problems.render(output::look()));
            Failure::silent(Exit::Usage)
        })?);
    }
    let server = locate::server(&command.server)?;
    let path = format!("/limits/what-if?api={}", client::encoded(&command.api));
    let tried = if command.end {
        client::ask(server.admin(), Method::DELETE, &path, None)?
    } else {
        client::ask(server.admin(), Method::PUT, &path, Some(&Value::Array(limits)))?
    };
    if command.output.is_json() {
        output::json(&tried)?;
    } else {
        output::write(table::tried(&command.api, &tried).as_bytes())?;
    }
    Ok(Exit::Done)
}
