//! `tidegate topics`: topics, and who gets their messages.

use serde_json::{Value, json};

use crate::arguments::{Output, Server};
use crate::exit::{Exit, Failure};
use crate::table::{drawn, each, text};
use crate::{client, locate};

/// Show topics, and who gets their messages
///
/// One line for each subscription. FILTER tells whether it gets only what its filter policy lets
/// through, RAW that messages come without an envelope. A queue that is gone is told to be missing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate topics
  tidegate topics --output json | jq '.topics[].name'")]
pub(crate) struct Topics {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Topics) -> Result<Exit, Failure> {
    let server = locate::server(&command.server)?;
    let answer = client::get_json(server.admin(), "/resources")?;
    let of = |kind: &str| {
        let all = each(&answer, "resources").filter(|one| text(one, "kind") == kind);
        all.cloned().collect::<Vec<Value>>()
    };
    let (topics, subscriptions) = (of("topic"), of("subscription"));
    let queues = of("queue");
    command.output.tell(&json!({ "topics": topics, "subscriptions": subscriptions }), || {
        table(&topics, &subscriptions, &queues)
    })
}

fn table(topics: &[Value], subscriptions: &[Value], queues: &[Value]) -> String {
    if topics.is_empty() {
        return "no topics; declare some: `topics: { news: {} }`\n".to_owned();
    }
    let mut rows = Vec::new();
    for topic in topics {
        let (name, origin) = (text(topic, "name"), text(topic, "origin"));
        let end = format!(":{name}");
        let before = rows.len();
        for subscription in subscriptions {
            let settings = &subscription["settings"];
            if !text(settings, "topic").ends_with(&end) {
                continue;
            }
            let is_set = |key: &str| match &settings[key] {
                Value::Null | Value::Bool(false) => "-".to_owned(),
                _ => "yes".to_owned(),
            };
            let to = endpoint(settings, queues);
            let (filter, raw) = (is_set("filter"), is_set("raw"));
            rows.push(vec![
                name.to_owned(),
                to,
                filter,
                raw,
                text(subscription, "origin").to_owned(),
            ]);
        }
        if rows.len() == before {
            let nobody = ["nobody", "-", "-"].map(str::to_owned);
            let mut row = vec![name.to_owned()];
            row.extend(nobody);
            row.push(origin.to_owned());
            rows.push(row);
        }
    }
    drawn(&["TOPIC", "GOES TO", "FILTER", "RAW", "FROM"], rows.into_iter())
}

/// `{"Queue": "arn:..:jobs"}` is `queue jobs`.
fn endpoint(settings: &Value, queues: &[Value]) -> String {
    let entry = settings["endpoint"].as_object().and_then(|kinds| kinds.iter().next());
    let Some((kind, to)) = entry else { return String::new() };
    let to = to.as_str().unwrap_or_default();
    let queue = |arn: &str| {
        let name = arn.rsplit(':').next().unwrap_or(arn);
        let account = |arn: &str| arn.split(':').nth(4).map(str::to_owned);
        let is_own = account(arn) == account(text(settings, "topic"));
        let is_there = queues.iter().any(|queue| text(queue, "name") == name);
        let end = if is_own && !is_there { " (missing)" } else { "" };
        format!("queue {name}{end}")
    };
    let shown = match kind.as_str() {
        "Queue" => queue(to),
        "Function" => {
            let name = to.split_once(":function:").map_or(to, |(_, name)| name);
            format!("function {name}")
        }
        _ => to.to_owned(),
    };
    match settings["dead_letters"].as_str().map(queue) {
        Some(dead) if dead.ends_with("(missing)") => format!("{shown}, dead letters to {dead}"),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subscription_has_a_line_and_so_has_a_topic_without_any() {
        let topic = |name: &str| json!({ "kind": "topic", "name": name, "origin": "manifest" });
        let to = |endpoint: Value, filter: Value| {
            let topic = "arn:aws:sns:us-east-1:000000000000:news";
            json!({ "origin": "operator", "settings":
                { "topic": topic, "endpoint": endpoint, "filter": filter, "raw": true } })
        };
        let queue = json!({ "Queue": "arn:aws:sqs:us-east-1:000000000000:jobs" });
        let function = json!({ "Function": "arn:aws:lambda:us-east-1:000000000000:function:hi:2" });
        let gone = json!({ "Queue": "arn:aws:sqs:us-east-1:000000000000:gone" });
        let mut dead = to(queue.clone(), Value::Null);
        dead["settings"]["dead_letters"] = gone["Queue"].clone();
        let subscriptions =
            [to(queue, json!("{}")), to(function, Value::Null), to(gone, Value::Null), dead];
        let queues = [json!({ "kind": "queue", "name": "jobs" })];
        let expected = "\
TOPIC  GOES TO                                           FILTER  RAW  FROM
news   queue jobs                                        yes     yes  operator
news   function hi:2                                     -       yes  operator
news   queue gone (missing)                              -       yes  operator
news   queue jobs, dead letters to queue gone (missing)  -       yes  operator
quiet  nobody                                            -       -    manifest
";
        assert_eq!(table(&[topic("news"), topic("quiet")], &subscriptions, &queues), expected);
    }
}
