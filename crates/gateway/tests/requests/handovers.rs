//! Routes that hand something over: what is taken, what is answered, and what is refused.

use model::api::PayloadFormat;
use model::handover::{Handover, Receiver};
use model::{
    Account, DeliverError, FunctionName, Integration, Protocol, QueueName, Stack, Target, TopicName,
};

use crate::harness::{Site, api, route, stack};

fn handing(to: Receiver) -> Stack {
    let handover = Handover {
        to,
        source: Account::default().arn("execute-api", "$default/POST/jobs/{id}"),
        body: None,
        group: Some("{path.id}".to_owned()),
        deduplication: None,
        attributes: vec![("kind".to_owned(), "{query.kind}".to_owned())],
        subject: None,
    };
    let route = route("POST /jobs/{id}", Integration::Handover(handover));
    stack(vec![api(Protocol::Http, vec![route])])
}

fn queue() -> Receiver {
    Receiver::Queue { name: QueueName::parse("jobs").expect("a name"), most_bytes: 64 }
}

#[test]
fn a_message_is_acknowledged_by_its_id() {
    let site = Site::serve(&handing(queue()));
    let answer = site.post("/jobs/7?kind=order", "application/json", br#"{"a":1}"#);
    assert_eq!((answer.status, answer.text()), (202, r#"{"messageId":"id-1"}"#));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let deliveries = site.taken.deliveries.lock().expect("no panic");
    let delivery = &deliveries[0];
    assert_eq!(&delivery.payload[..], br#"{"a":1}"#);
    assert!(delivery.source.as_str().ends_with(":$default/POST/jobs/{id}"));
    assert!(delivery.trace.is_some());
    let Target::Queue { name, options } = &delivery.target else { panic!("{delivery:?}") };
    assert_eq!((name.as_str(), options.group.as_deref()), ("jobs", Some("7")));
    assert_eq!(options.attributes[0].0, "kind");
}

#[test]
fn a_topic_and_a_function_take_events_too() {
    let topic = Receiver::Topic(TopicName::parse("news").expect("a name"));
    let site = Site::serve(&handing(topic));
    assert_eq!(site.post("/jobs/7", "text/plain", b"hello").status, 202);
    let name = FunctionName::parse("worker").expect("a name");
    let function = Receiver::Function { name, payload: PayloadFormat::V2 };
    let later = Site::serve(&handing(function));
    assert_eq!(later.post("/jobs/7", "text/plain", b"").status, 202, "an event is never empty");
    let deliveries = later.taken.deliveries.lock().expect("no panic");
    let event: serde_json::Value = serde_json::from_slice(&deliveries[0].payload).expect("JSON");
    assert_eq!(event["routeKey"], "POST /jobs/{id}", "the event is that of a client who waits");
    assert!(matches!(&deliveries[0].target, Target::Function { qualifier: None, .. }));
}

#[test]
fn what_was_not_taken_is_not_acknowledged() {
    let site = Site::serve(&handing(queue()));
    let full = || DeliverError::Unavailable("the store /secret/store.db cannot grow".to_owned());
    for (error, status, message) in [
        (full(), 503, r#"{"message":"Service Unavailable: the message could not be stored"}"#),
        (
            DeliverError::NotFound("queue `jobs`".into()),
            500,
            r#"{"message":"Internal Server Error"}"#,
        ),
        (DeliverError::Refused("no".into()), 400, r#"{"message":"Bad Request"}"#),
        (DeliverError::TooLarge("no".into()), 413, r#"{"message":"Request Entity Too Large"}"#),
    ] {
        *site.taken.refuse.lock().expect("no panic") = Some(error.clone());
        let answer = site.post("/jobs/7", "text/plain", b"x");
        assert_eq!((answer.status, answer.text()), (status, message), "{error:?}");
    }
    let large = site.post("/jobs/7", "text/plain", &[b'x'; 65]);
    assert_eq!(large.status, 413, "before it is handed over");
    assert_eq!(site.post("/jobs/7", "text/plain", b"").status, 400, "a message is not empty");
}
