//! `tidegate queues peek`: messages as they lie in a queue.

use std::fmt::Write;

use http::Method;
use serde_json::Value;

use super::path;
use crate::exchange::Exchange;
use crate::exit::{Exit, Failure};
use crate::table::{each, minute, text};

/// Show messages without receiving them: nobody who receives notices
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate queues peek jobs
  tidegate queues peek jobs --most 100 --output json | jq -r '.messages[].body'")]
pub(super) struct Peek {
    /// The queue's name
    queue: String,
    /// At most this many, up to 1000, in the order in which they came
    #[arg(long, value_name = "N", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(1..=1_000))]
    most: u32,
    #[command(flatten)]
    exchange: Exchange,
}

pub(super) fn run(peek: &Peek) -> Result<Exit, Failure> {
    let path = path(&peek.queue, &format!("/messages?most={}", peek.most));
    peek.exchange.ask(Method::GET, &path, None, |answer| messages(answer, &peek.queue))
}

/// A head for each, and its body below.
fn messages(answer: &Value, queue: &str) -> String {
    let mut said = String::new();
    for message in each(answer, "messages") {
        let _ = write!(
            said,
            "{} {}  {}",
            text(message, "id"),
            minute(text(message, "sent")),
            text(message, "standing")
        );
        if let Some(until) = message["until"].as_str() {
            let _ = write!(said, " until {}", until.get(11..19).unwrap_or(until));
        }
        if let Some(times) = message["received"].as_u64().filter(|times| *times > 0) {
            let _ = write!(said, "  received {times}x");
        }
        if let Some(group) = message["group"].as_str() {
            let _ = write!(said, "  group {group}");
        }
        let _ = writeln!(said, "\n  {}", text(message, "body").replace('\n', "\n  "));
    }
    if said.is_empty() { format!("{queue} is empty\n") } else { said }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_message_has_a_head_and_its_body() {
        let answer = json!({ "messages": [
            { "id": "a1", "sent": "2026-11-21T11:00:00.000Z", "received": 2, "standing": "in flight",
              "until": "2026-11-21T11:00:30.000Z", "group": null, "body": "one\ntwo" },
        ]});
        let expected = "a1 2026-11-21 11:00  in flight until 11:00:30  received 2x\n  one\n  two\n";
        assert_eq!(messages(&answer, "jobs"), expected);
        assert_eq!(messages(&json!({ "messages": [] }), "jobs"), "jobs is empty\n");
    }
}
