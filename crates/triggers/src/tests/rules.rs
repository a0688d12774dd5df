//! Rules: events that match go to the targets, and are kept before their sender hears of it.

use std::time::Duration;

use model::schedule::Dialect;
use model::{EventRule, Resource, RuleName, ScheduleExpression, TargetInput};

use super::ground::{Ground, due, queue, queue_target};
use crate::bus::{Entry, EntryProblem};

const NOON: &str = "2026-11-21T12:00:00Z";

fn rule(name: &str, pattern: &str) -> EventRule {
    let mut rule = EventRule::new(RuleName::parse(name).expect("a name"));
    rule.pattern = Some(pattern.to_owned());
    rule.targets = vec![queue_target("a", name)];
    rule
}

fn order(state: &str) -> Entry {
    Entry {
        source: Some("shop".to_owned()),
        detail_type: Some("order".to_owned()),
        detail: Some(format!("{{\"state\":\"{state}\"}}")),
        ..Entry::default()
    }
}

#[tokio::test]
async fn an_event_goes_to_the_targets_of_every_rule_that_matches() {
    let rules: Vec<Resource> = vec![
        rule("all", r#"{"source":["shop"]}"#).into(),
        rule("paid", r#"{"detail":{"state":["paid"]}}"#).into(),
        rule("none", r#"{"source":["elsewhere"]}"#).into(),
    ];
    let mut ground = Ground::at(NOON, rules).await;
    let answers = ground.triggers.put_events(vec![order("paid"), order("open")]).await;
    let ids: Vec<String> =
        answers.expect("kept").into_iter().map(|id| id.expect("taken")).collect();
    let mut got = Vec::new();
    for _ in 0..3 {
        let delivery = ground.next().await;
        let event: serde_json::Value = serde_json::from_slice(&delivery.payload).expect("JSON");
        assert!(ids.iter().any(|id| event["id"] == **id));
        let (queue, _) = queue(&delivery);
        got.push(format!("{queue} {}", event["detail"]["state"].as_str().expect("a state")));
    }
    got.sort();
    assert_eq!(got, ["all open", "all paid", "paid paid"]);
    ground.until_outgoing(0).await;
    ground.nothing_more().await;
}

#[tokio::test]
async fn a_transformed_event_reaches_a_fifo_queue_once() {
    let mut orders = rule("orders.x", r#"{"source":["shop"]}"#);
    let mut target = queue_target("a", "orders.fifo");
    target.group = Some("g".to_owned());
    target.input = TargetInput::Path("$.detail".to_owned());
    orders.targets = vec![target];
    let mut ground = Ground::at(NOON, vec![orders.into()]).await;
    ground.triggers.put_events(vec![order("paid")]).await.expect("kept");
    let delivery = ground.next().await;
    assert_eq!(delivery.payload, r#"{"state":"paid"}"#);
    let (_, options) = queue(&delivery);
    assert_eq!(options.group.as_deref(), Some("g"));
    assert!(options.deduplication.is_some(), "a repeated delivery is known by it");
}

#[tokio::test]
async fn entries_that_are_no_events_are_refused_one_by_one() {
    let ground = Ground::at(NOON, vec![]).await;
    let entries = vec![
        order("x"),
        Entry { source: None, ..order("x") },
        Entry { detail_type: Some(String::new()), ..order("x") },
        Entry { detail_type: Some("é".repeat(129)), ..order("x") },
        Entry { detail_type: Some("é".repeat(128)), ..order("x") },
        Entry { detail: None, ..order("x") },
        Entry { detail: Some("[1]".to_owned()), ..order("x") },
        Entry { source: Some("aws.s3".to_owned()), ..order("x") },
    ];
    let answers = ground.triggers.put_events(entries).await.expect("kept");
    let problems: Vec<_> = answers.into_iter().map(Result::err).collect();
    assert_eq!(
        problems,
        [
            None,
            Some(EntryProblem::Missing("Source")),
            Some(EntryProblem::Missing("DetailType")),
            Some(EntryProblem::TooLong { name: "DetailType", most: 128 }),
            None,
            Some(EntryProblem::Missing("Detail")),
            Some(EntryProblem::MalformedDetail),
            Some(EntryProblem::Reserved),
        ]
    );
}

#[tokio::test]
async fn what_goes_to_an_unknown_bus_is_taken_and_nobody_gets_it() {
    let mut ground = Ground::at(NOON, vec![rule("all", r#"{"source":["shop"]}"#).into()]).await;
    let lost = Entry { unknown_bus: Some("nope".to_owned()), ..order("lost") };
    let wrong = Entry { source: None, ..lost.clone() };
    let answers = ground.triggers.put_events(vec![lost, wrong, order("open")]).await;
    let answers = answers.expect("kept");
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    assert_eq!(answers[1], Err(EntryProblem::Missing("Source")));
    let delivery = ground.next().await;
    let event: serde_json::Value = serde_json::from_slice(&delivery.payload).expect("JSON");
    assert_eq!(event["detail"]["state"], "open");
    ground.until_outgoing(0).await;
    ground.nothing_more().await;
}

#[tokio::test]
async fn a_rule_with_an_expression_runs_after_its_first_period() {
    let mut often = EventRule::new(RuleName::parse("often").expect("a name"));
    let expression = ScheduleExpression::parse("rate(5 minutes)", Dialect::Rules);
    often.expression = Some(expression.expect("an expression"));
    often.targets = vec![queue_target("a", "jobs")];
    let mut ground = Ground::at(NOON, vec![often.into()]).await;
    ground.nothing_more().await;
    ground.pass(Duration::from_mins(5));
    let delivery = ground.next().await;
    assert_eq!(due(&delivery), "jobs 2026-11-21T12:05:00Z");
    let event: serde_json::Value = serde_json::from_slice(&delivery.payload).expect("JSON");
    assert_eq!(event["source"], "aws.events");
    assert_eq!(event["detail"], serde_json::json!({}));
    assert_eq!(
        event["resources"],
        serde_json::json!(["arn:aws:events:us-east-1:000000000000:rule/often"])
    );
}
