//! `tidegate triggers`: which functions get the messages of which queues.

use serde_json::{Value, json};

use crate::arguments::{Output, Server};
use crate::exit::{Exit, Failure};
use crate::table::{drawn, each, text};
use crate::{client, locate};

/// Show which functions get the messages of which queues, and what waits for them
///
/// WAITING and IN FLIGHT are the queue's own figures: WAITING grows when the function does not keep
/// up.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate triggers
  tidegate triggers --output json | jq '.triggers[].settings.batch'")]
pub(crate) struct Triggers {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Triggers) -> Result<Exit, Failure> {
    let server = locate::server(&command.server)?;
    let answer = client::get_json(server.admin(), "/resources")?;
    let is_trigger = |one: &&Value| text(one, "kind") == "event source mapping";
    let triggers: Vec<Value> = each(&answer, "resources").filter(is_trigger).cloned().collect();
    let queues = client::get_json(server.admin(), "/queues")?;
    command.output.tell(&json!({ "triggers": triggers }), || table(&triggers, &queues))
}

fn table(triggers: &[Value], queues: &Value) -> String {
    if triggers.is_empty() {
        let example = "triggers: { work: { queue: jobs, function: worker } }";
        return format!("no triggers; declare some: `{example}`\n");
    }
    let row = |trigger: &Value| {
        let settings = &trigger["settings"];
        let queue = text(settings, "queue").rsplit(':').next().unwrap_or_default();
        let function = text(settings, "function");
        let function = function.split_once(":function:").map_or(function, |(_, name)| name);
        let counts = each(queues, "queues").find(|known| text(known, "name") == queue);
        let figure = |key: &str| counts.map_or("-".to_owned(), |counts| counts[key].to_string());
        let state = if settings["enabled"] == true { "polls" } else { "disabled" };
        vec![
            queue.to_owned(),
            function.to_owned(),
            settings["batch"].to_string(),
            text(settings, "window").to_owned(),
            settings["most_concurrent"].as_u64().map_or("-".to_owned(), |most| most.to_string()),
            figure("visible"),
            figure("in_flight"),
            state.to_owned(),
            text(trigger, "origin").to_owned(),
        ]
    };
    let header = [
        "QUEUE",
        "FUNCTION",
        "BATCH",
        "WINDOW",
        "AT ONCE",
        "WAITING",
        "IN FLIGHT",
        "STATE",
        "FROM",
    ];
    drawn(&header, triggers.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_stands_beside_what_waits_for_it() {
        let trigger = json!({ "origin": "manifest", "settings": {
            "queue": "arn:aws:sqs:us-east-1:000000000000:jobs",
            "function": "arn:aws:lambda:us-east-1:000000000000:function:worker",
            "batch": 10, "window": "0s", "most_concurrent": null, "enabled": true,
        }});
        let queues = json!({ "queues": [{ "name": "jobs", "visible": 3, "in_flight": 10 }] });
        let expected = "\
QUEUE  FUNCTION  BATCH  WINDOW  AT ONCE  WAITING  IN FLIGHT  STATE  FROM
jobs   worker    10     0s      -        3        10         polls  manifest
";
        assert_eq!(table(&[trigger], &queues), expected);
    }
}
