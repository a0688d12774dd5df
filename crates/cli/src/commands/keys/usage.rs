//! `tidegate keys usage`, `extend` and `reset`.

use http::Method;
use serde_json::{Value, json};

use super::table;
use crate::client;
use crate::counted::counted;
use crate::exchange::Exchange;
use crate::exit::{Exit, Failure};

/// Requests that keys were admitted, by day, and what is left of their quotas
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate keys usage
  tidegate keys usage partner --from 2026-11-01 --to 2026-11-30
  tidegate keys usage --plan basic --output json | jq '[.usage[].admitted] | add'")]
pub(super) struct Usage {
    /// Only this key's, by name or id; one that was deleted by its id
    name: Option<String>,
    /// Only under this usage plan
    #[arg(long, value_name = "PLAN")]
    plan: Option<String>,
    /// The first day [default: a week ago]
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day [default: today]
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    #[command(flatten)]
    exchange: Exchange,
}

/// Give a key more of its quota, up to the whole of it
///
/// What it consumed stays on record: see `tidegate keys show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tidegate keys extend partner --plan basic --by 500")]
pub(super) struct Extend {
    /// The key's name or id
    name: String,
    /// The usage plan whose quota is meant
    #[arg(long, value_name = "PLAN")]
    plan: String,
    /// How many more requests
    #[arg(long, value_name = "REQUESTS", value_parser = clap::value_parser!(u64).range(1..))]
    by: u64,
    #[command(flatten)]
    exchange: Exchange,
}

/// Give a key all that its plan's limits count
///
/// What it consumed stays on record: see `tidegate keys show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tidegate keys reset partner --plan basic")]
pub(super) struct Reset {
    /// The key's name or id
    name: String,
    /// The usage plan that is meant
    #[arg(long, value_name = "PLAN")]
    plan: String,
    #[command(flatten)]
    exchange: Exchange,
}

pub(super) fn run(command: &Usage) -> Result<Exit, Failure> {
    let asked = [
        ("key", &command.name),
        ("plan", &command.plan),
        ("from", &command.from),
        ("to", &command.to),
    ];
    let asked = asked.into_iter().filter_map(|(name, value)| {
        value.as_ref().map(|value| format!("{name}={}", client::encoded(value)))
    });
    let query: Vec<String> = asked.collect();
    let path = format!("/usage?{}", query.join("&"));
    command.exchange.ask(Method::GET, &path, None, table::usage)
}

pub(super) fn extend(command: &Extend) -> Result<Exit, Failure> {
    let Extend { name, plan, by, exchange } = command;
    let body = json!({ "key": name, "plan": plan, "requests": by });
    let done = |answer: &Value| match answer["granted"].as_u64() {
        Some(granted) if granted < *by => {
            let more = counted(granted, "more request");
            format!("{name} may make {more}, which makes its quota whole\n")
        }
        _ => format!("{name} may make {}\n", counted(*by, "more request")),
    };
    exchange.ask(Method::POST, "/usage/extend", Some(&body), done)
}

pub(super) fn reset(command: &Reset) -> Result<Exit, Failure> {
    let Reset { name, plan, exchange } = command;
    let body = json!({ "key": name, "plan": plan });
    let done = |answer: &Value| {
        let consumed = answer["consumed"].as_u64().unwrap_or_default();
        let consumed = counted(consumed, "request");
        format!("{name} has all of `{plan}` again, after {consumed}\n")
    };
    exchange.ask(Method::POST, "/usage/reset", Some(&body), done)
}
