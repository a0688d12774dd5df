//! `tidegate queues redrive`: dead letters go back to where they came from.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::path;
use crate::counted::counted;
use crate::exchange::Exchange;
use crate::exit::{Exit, Failure};
use crate::table::{each, text};
use crate::{client, locate};

/// How often it is asked how far the messages are.
const PAUSE: Duration = Duration::from_millis(100);

/// Move the messages of a dead-letter queue back, and wait until it is done
///
/// Each goes to the queue that gave it up, and is received there again as often as its redrive policy
/// allows. Correct what was wrong first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate queues redrive jobs-dead
  tidegate queues redrive jobs-dead --to jobs-retried")]
pub(super) struct Redrive {
    /// The dead-letter queue's name
    queue: String,
    /// All to this queue, instead of where each came from
    #[arg(long, value_name = "QUEUE")]
    to: Option<String>,
    #[command(flatten)]
    exchange: Exchange,
}

pub(super) fn run(redrive: &Redrive) -> Result<Exit, Failure> {
    let server = locate::server(&redrive.exchange.server)?;
    let path = path(&redrive.queue, "/redrive");
    let wanted = json!({ "to": redrive.to });
    let begun = client::ask(server.admin(), Method::POST, &path, Some(&wanted))?;
    let mine = text(&begun, "task");
    loop {
        let answer = client::get_json(server.admin(), &path)?;
        let task = each(&answer, "tasks").find(|task| text(task, "task") == mine);
        let task = task.ok_or_else(|| Failure::failed("the server forgot the task"))?;
        match text(task, "state") {
            "running" | "cancelling" => std::thread::sleep(PAUSE),
            "completed" => return redrive.exchange.print(task, |task| told(redrive, task)),
            state => {
                let reason = task["reason"].as_str().unwrap_or(state);
                return Err(Failure::failed(format!("moved {}; then: {reason}", moved(task))));
            }
        }
    }
}

fn told(redrive: &Redrive, task: &Value) -> String {
    let to = redrive.to.as_deref().unwrap_or("where they came from");
    format!("moved {} from {} to {to}\n", moved(task), redrive.queue)
}

fn moved(task: &Value) -> String {
    counted(task["moved"].as_u64().unwrap_or_default(), "message")
}
