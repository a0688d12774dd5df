use std::collections::BTreeMap;

use http::HeaderMap;
use model::Account;
use serde_json::{Value, json};

use super::*;
use crate::sequence::evaluate::Content;

fn handover(body: Option<Value>) -> Handover {
    let name = QueueName::parse("jobs").expect("a name");
    Handover {
        to: Receiver::Queue { name, most_bytes: 40 },
        source: Account::default().arn("execute-api", "public"),
        body,
        group: None,
        deduplication: None,
        attributes: Vec::new(),
        subject: None,
    }
}

/// What `POST /jobs/7?kind=order` with the header `x-team: blue` hands over.
fn made(handover: &Handover, body: &str) -> Result<Message, NoMessage> {
    let plan = HandoverPlan::compile(handover).expect("a plan");
    let mut headers = HeaderMap::new();
    headers.insert("x-team", HeaderValue::from_static("blue"));
    let parameters = BTreeMap::from([("id", "7")]);
    plan.message(&Scene {
        body: Content::new(Bytes::from(body.to_owned())),
        headers: &headers,
        query: "kind=order",
        parameter: &|name| parameters.get(name).copied(),
        answers: Vec::new(),
    })
}

fn payload(body: Option<Value>, request: &str) -> Result<String, NoMessage> {
    let message = made(&handover(body), request)?;
    Ok(String::from_utf8(message.payload.to_vec()).expect("text"))
}

#[test]
fn a_message_is_the_body_or_what_is_made_of_the_request() {
    assert_eq!(payload(None, r#"{"a": 1}"#), Ok(r#"{"a": 1}"#.to_owned()), "byte for byte");
    let shape = json!({ "id": "{path.id}", "n": "{body.a}", "none": "{body.b}" });
    assert_eq!(payload(Some(shape), r#"{"a":1}"#), Ok(r#"{"id":"7","n":1}"#.to_owned()));
    let text = json!("{query.kind} of {header.x-team}");
    assert_eq!(payload(Some(text), ""), Ok("order of blue".to_owned()));
    assert_eq!(payload(Some(json!("{raw}")), "as it came"), Ok("as it came".to_owned()));
}

#[test]
fn what_no_queue_takes_is_the_clients_mistake() {
    assert_eq!(payload(None, ""), Err(NoMessage::Empty));
    for body in ["\u{0}", "\u{fffe}"] {
        assert_eq!(payload(None, body), Err(NoMessage::NoText), "{body:?}");
    }
    // Nothing that a client sent is lost with a 202.
    let shape = || Some(json!({ "id": "{path.id}", "all": "{body}", "one": "{body.a}" }));
    for body in ["plain text", "{\"a\":1", "[1] 2"] {
        let lost = payload(shape(), body).expect_err("it is no JSON");
        assert_eq!(lost.refusal(), Refusal::BadRequest, "{body}");
    }
    assert_eq!(payload(shape(), ""), Ok(r#"{"id":"7"}"#.to_owned()));
    let mut with = handover(Some(json!({ "id": "{path.id}" })));
    with.attributes = vec![("a".to_owned(), "{body.a}".to_owned())];
    assert!(made(&with, "{\"a\":1").is_err());
    let lacking = payload(Some(json!("{body.a}-")), "{}").expect_err("it lacks a value");
    assert_eq!(lacking.refusal(), Refusal::BadRequest);
    assert_eq!(lacking.to_string(), "the request lacks a value that the message's body is made of");
    assert_eq!(payload(None, &"x".repeat(40)).map(|text| text.len()), Ok(40));
    assert_eq!(payload(None, &"x".repeat(41)), Err(NoMessage::TooLarge { bytes: 41, most: 40 }));
}

#[test]
fn attributes_count_and_are_left_out_when_there_is_no_value() {
    let mut with = handover(None);
    with.attributes = vec![
        ("team".to_owned(), "{header.x-team}".to_owned()),
        ("none".to_owned(), "{header.x-none}".to_owned()),
    ];
    with.group = Some("{path.id}".to_owned());
    let message = made(&with, "x").expect("a message");
    let names: Vec<_> = message.options.attributes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["team"]);
    assert_eq!(message.options.group.as_deref(), Some("7"));
    // Name, type and value: 14 bytes.
    assert!(made(&with, &"x".repeat(26)).is_ok());
    assert!(matches!(made(&with, &"x".repeat(27)), Err(NoMessage::TooLarge { .. })));
}
