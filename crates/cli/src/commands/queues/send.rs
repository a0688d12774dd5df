//! `tidegate queues send`: a message from the command line.

use std::io::Read;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::path;
use crate::age;
use crate::exchange::Exchange;
use crate::exit::{Exit, Failure};
use crate::table::text;

/// Send a message, and print its id once it is stored
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate queues send jobs '{\"id\": 7}'
  tidegate queues send jobs - < message.json
  tidegate queues send orders.fifo '{\"id\": 7}' --group customer-1 --deduplication 7
  tidegate queues send jobs hello --attribute kind=greeting --delay 30s")]
pub(super) struct Send {
    /// The queue's name
    queue: String,
    /// The message, or - for standard input
    body: String,
    /// A FIFO queue's message group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// What tells duplicates in a FIFO queue
    #[arg(long, value_name = "ID")]
    deduplication: Option<String>,
    /// An attribute of the message; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = crate::parameters::parameter)]
    attribute: Vec<(String, String)>,
    /// How long it stays hidden, up to 15m: 30s, 5m
    #[arg(long, value_name = "AGE", value_parser = delay)]
    delay: Option<Duration>,
    #[command(flatten)]
    exchange: Exchange,
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
const LONGEST_DELAY: Duration = Duration::from_mins(15);

fn delay(text: &str) -> Result<Duration, String> {
    let delay = age::parse(text)?;
    if delay > LONGEST_DELAY {
        return Err("a message is delayed for at most 15m".to_owned());
    }
    Ok(delay)
}

pub(super) fn run(send: &Send) -> Result<Exit, Failure> {
    let mut body = send.body.clone();
    if body == "-" {
        body.clear();
        std::io::stdin().lock().read_to_string(&mut body)?;
    }
    let attributes: serde_json::Map<_, _> =
        send.attribute.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let message = json!({
        "body": body,
        "group": send.group,
        "deduplication": send.deduplication,
        "attributes": attributes,
        "delay_seconds": send.delay.map(|delay| delay.as_secs()),
    });
    let path = path(&send.queue, "/messages");
    let told = |answer: &Value| format!("{}\n", text(answer, "messageId"));
    send.exchange.ask(Method::POST, &path, Some(&message), told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_has_an_end() {
        assert_eq!(delay("0s"), Ok(Duration::ZERO));
        assert_eq!(delay("15m"), Ok(LONGEST_DELAY));
        for wrong in ["901s", "2d", "soon"] {
            assert!(delay(wrong).is_err(), "{wrong}");
        }
    }
}
