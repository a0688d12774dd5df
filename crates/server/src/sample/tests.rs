//! Every sample is JSON in the shape of its source, and follows its flags.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Chosen, SAMPLES, Sample, SampleProblem};
use model::{Account, Timestamp};

const NOW: Timestamp = Timestamp(1_700_000_000_123);

fn named(source: &str, kind: &str) -> &'static Sample {
    let mut all = SAMPLES.iter();
    all.find(|sample| (sample.source, sample.kind) == (source, kind)).expect("a sample")
}

fn made(source: &str, kind: &str, chosen: &[(&'static str, &str)]) -> Result<Value, SampleProblem> {
    let mut all = Chosen::new();
    for (name, value) in chosen {
        all.entry(name).or_default().push((*value).to_owned());
    }
    let event = named(source, kind).event(&all, &Account::default(), NOW, 7 << 100 | 5)?;
    Ok(serde_json::from_str(&event).expect("JSON"))
}

#[test]
fn every_sample_is_json_whose_flags_are_its_own() {
    let mut names = BTreeSet::new();
    for sample in SAMPLES {
        assert!(names.insert((sample.source, sample.kind)), "{sample:?} is there twice");
        let event = made(sample.source, sample.kind, &[]).expect("an event without flags");
        assert!(event.is_object(), "{event}");
        let flags: BTreeSet<_> = sample.flags.iter().map(|flag| flag.name).collect();
        assert_eq!(flags.len(), sample.flags.len(), "{sample:?} has a flag twice");
    }
}

#[test]
fn every_flag_changes_its_event() {
    for sample in SAMPLES {
        for flag in sample.flags {
            let value = match (flag.name, flag.many) {
                ("path" | "route", _) => "/else/where",
                ("size" | "count", _) => "3",
                ("detail", _) => r#"{"else": 1}"#,
                (_, true) => "x-else: where",
                _ => "elsewhere",
            };
            let mut chosen = vec![(flag.name, value)];
            if flag.name == "route" {
                chosen.push(("path", "/else/where"));
            }
            let before = made(sample.source, sample.kind, &chosen[1..]).expect("an event");
            let event = made(sample.source, sample.kind, &chosen).expect("an event");
            assert_ne!(event, before, "{} {} --{}", sample.source, sample.kind, flag.name);
        }
    }
}

#[test]
fn requests_have_the_shape_of_their_api() {
    let rest = made("apigateway", "aws-proxy", &[]).expect("an event");
    assert_eq!(rest["path"], "/orders/7");
    assert_eq!(rest["requestContext"]["path"], "/prod/orders/7");
    assert_eq!(rest["pathParameters"]["proxy"], "orders/7");
    assert_eq!(rest["resource"], "/{proxy+}");
    let http = made("apigateway", "http-api-proxy", &[("method", "GET"), ("query", "a=1")])
        .expect("an event");
    assert_eq!((&http["version"], &http["rawQueryString"]), (&"2.0".into(), &"a=1".into()));
    assert_eq!(http["body"], Value::Null);
    assert_eq!(http["requestContext"]["timeEpoch"], 1_700_000_000_123_u64);
    let first = made("apigateway", "http-api-proxy-v1", &[]).expect("an event");
    assert_eq!(first["version"], "1.0");
}

#[test]
fn messages_carry_what_was_chosen() {
    let queue =
        made("sqs", "receive-message", &[("queue", "a.fifo"), ("count", "2"), ("body", "x")])
            .expect("an event");
    let records = queue["Records"].as_array().expect("records");
    assert_eq!(records.len(), 2);
    assert_eq!(records[1]["body"], "x");
    assert_eq!(records[1]["attributes"]["MessageGroupId"], "sample");
    assert_ne!(records[0]["messageId"], records[1]["messageId"]);
    let topic = made("sns", "notification", &[("subject", "s")]).expect("an event");
    assert_eq!(topic["Records"][0]["Sns"]["Subject"], "s");
    let object = made("s3", "put", &[("key", "a b/ü.txt"), ("region", "eu-west-1")]).expect("one");
    assert_eq!(object["Records"][0]["s3"]["object"]["key"], "a+b/%C3%BC.txt");
    assert_eq!(object["Records"][0]["awsRegion"], "eu-west-1");
}

#[test]
fn what_cannot_be_is_refused_by_its_flag() {
    let refused = |source, kind, flag, value: &str| {
        let problem = made(source, kind, &[(flag, value)]).expect_err("it cannot be");
        assert_eq!((problem.flag, &*problem.value), (flag, value));
    };
    refused("apigateway", "aws-proxy", "method", "A B");
    refused("apigateway", "aws-proxy", "path", "orders");
    refused("apigateway", "aws-proxy", "route", "/nowhere");
    refused("apigateway", "aws-proxy", "header", "x");
    refused("sqs", "receive-message", "count", "0");
    refused("sqs", "receive-message", "queue", "a b");
    refused("eventbridge", "event", "event-source", "aws.s3");
    refused("eventbridge", "event", "detail", "1");
    refused("s3", "put", "size", "-1");
}
