//! `tidegate queues`: what waits in each queue, and what to do about it.

mod peek;
mod purge;
mod redrive;
mod send;

use serde_json::Value;

use crate::arguments::{Output, Server, misplaced};
use crate::exit::{Exit, Failure};
use crate::table::{drawn, each, text};
use crate::{age, client, locate, watch};

/// Show what waits in queues and for how long; peek, send, redrive and purge
///
/// A message is visible until somebody receives it, in flight until it is deleted or its visibility
/// timeout ends, and delayed before its time has come. OLDEST is how long the oldest has waited: it
/// grows when nobody keeps up. DEAD is what the queue's dead-letter queue holds.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate queues                         all queues
  tidegate queues -w                      again every second
  tidegate queues send jobs '{\"id\": 7}'   send a message
  tidegate queues peek jobs               look at messages without receiving them
  tidegate queues redrive jobs-dead       back to where they came from
  tidegate queues purge jobs --yes        delete all messages")]
pub(crate) struct Queues {
    #[command(subcommand)]
    action: Option<Action>,
    /// Show them anew every second until interrupted
    #[arg(long, short)]
    watch: bool,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Peek(peek::Peek),
    Send(send::Send),
    Redrive(redrive::Redrive),
    Purge(purge::Purge),
}

impl Action {
    fn name(&self) -> &'static str {
        match self {
            Self::Peek(_) => "peek",
            Self::Send(_) => "send",
            Self::Redrive(_) => "redrive",
            Self::Purge(_) => "purge",
        }
    }
}

pub(crate) fn run(command: &Queues) -> Result<Exit, Failure> {
    if let (Some(action), true) = (&command.action, command.watch) {
        return Err(misplaced("--watch", "queues", action.name()));
    }
    match &command.action {
        None => list(command),
        Some(Action::Peek(peek)) => peek::run(peek),
        Some(Action::Send(send)) => send::run(send),
        Some(Action::Redrive(redrive)) => redrive::run(redrive),
        Some(Action::Purge(purge)) => purge::run(purge),
    }
}

fn list(command: &Queues) -> Result<Exit, Failure> {
    let server = locate::server(&command.server)?;
    let seen = || client::get_json(server.admin(), "/queues");
    if command.watch {
        return watch::every_second(&command.output, seen, table);
    }
    let seen = seen()?;
    command.output.tell(&seen, || table(&seen))
}

fn table(answer: &Value) -> String {
    let queues: Vec<&Value> = each(answer, "queues").collect();
    if queues.is_empty() {
        return "no queues; declare some: `queues: { jobs: {} }`\n".to_owned();
    }
    let row = |queue: &&Value| {
        let dead = &queue["redrive"]["to"];
        vec![
            text(queue, "name").to_owned(),
            queue["visible"].to_string(),
            queue["in_flight"].to_string(),
            queue["delayed"].to_string(),
            queue["oldest_seconds"].as_u64().map_or("-".to_owned(), age::told),
            match (dead.as_str(), &queue["dead_letters"]) {
                (Some(to), Value::Number(dead)) => format!("{dead} in {to}"),
                (Some(to), _) => format!("{to} is gone"),
                (None, _) => "-".to_owned(),
            },
            text(queue, "origin").to_owned(),
        ]
    };
    let header = ["QUEUE", "VISIBLE", "IN FLIGHT", "DELAYED", "OLDEST", "DEAD", "FROM"];
    drawn(&header, queues.iter().map(row))
}

fn path(queue: &str, action: &str) -> String {
    format!("/queues/{}{action}", client::encoded(queue))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_tells_what_waits_and_for_how_long() {
        let queues = json!({ "queues": [
            { "name": "jobs", "visible": 3, "in_flight": 1, "delayed": 0, "oldest_seconds": 75,
              "redrive": { "to": "dead", "after": 3 }, "dead_letters": 2, "origin": "manifest" },
            { "name": "orders.fifo", "visible": 0, "in_flight": 0, "delayed": 0,
              "oldest_seconds": null, "redrive": null, "dead_letters": null, "origin": "operator" },
        ]});
        let expected = "\
QUEUE        VISIBLE  IN FLIGHT  DELAYED  OLDEST  DEAD       FROM
jobs         3        1          0        1m 15s  2 in dead  manifest
orders.fifo  0        0          0        -       -          operator
";
        assert_eq!(table(&queues), expected);
        assert_eq!(path("orders.fifo", "/purge"), "/queues/orders.fifo/purge");
    }
}
