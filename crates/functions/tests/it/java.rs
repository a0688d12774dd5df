//! Unmodified Java handlers.

pub(crate) mod classes;
mod failures;

use std::time::Duration;

use model::invoke::FunctionErrorKind;
use model::{Function, Invoke};
use serde_json::{Value, json};

use crate::platform::{TestPlatform, event, function};
use classes::{app, compile, compile_for, jar, layer};

fn java(handler: &str) -> Function {
    let mut function = function("java17", app());
    function.handler = handler.to_owned();
    function
}

async fn running(handler: &str) -> TestPlatform {
    let platform = TestPlatform::new();
    let installation = platform.install(&[java(handler)]).await;
    assert!(installation.failed.is_empty(), "{:?}", installation.failed);
    platform
}

#[tokio::test]
async fn a_handler_gets_its_event_and_its_context() {
    let platform = running("app.Hello").await;
    let mut answer = platform.ok(r#"{"ä":[1,2.5,12345678901,"\ud83d\ude00"]}"#).await;
    assert_eq!(answer["id"].take().as_str().map(str::len), Some(36));
    let expected = json!({
        "event": {"ä": [1, 2.5, 12_345_678_901_i64, "😀"]}, "id": null,
        "arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "name": "f", "memory": 256, "version": "$LATEST", "group": "/aws/lambda/f",
        "left": true, "root": true, "stdin": -1, "client": "none", "same": true,
        "trace": "Root=1-00000000-000000000000000000000001;Parent=0000000000000002;Sampled=1",
        "execution": "AWS_Lambda_java17",
    });
    assert_eq!(answer, expected);
    let mut invocation = event("f", "{}");
    invocation.client = Some(r#"{"custom":{"who":"Zoë"}}"#.into());
    let reply = platform.functions.invoke(invocation).await.expect("run");
    let model::invoke::Outcome::Payload(bytes) = reply.outcome else { panic!("{reply:?}") };
    let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(answer["client"], json!({"who": "Zoë"}));
    platform.functions.drain(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_jar_is_code_and_layers_bring_jars() {
    let platform = TestPlatform::new();
    let archive = platform.folder.path().join("app.jar");
    jar(app(), &archive);
    let layer = layer(&platform);
    for code in [archive.as_path(), app()] {
        let mut function = function("java8.al2", code);
        function.handler = "app.Layered::run".to_owned();
        function.layers = vec![layer.clone()];
        platform.install(&[function]).await;
        assert_eq!(platform.ok("1").await[1], json!("from a layer"));
    }
}

#[tokio::test]
async fn streams_carry_bytes_as_they_are() {
    let platform = running("app.Stream").await;
    assert_eq!(platform.ok("{\"a\":\n1}").await, json!({"A": 1}));
    let large = format!("\"{}\"", "x".repeat(3_000_000));
    assert_eq!(platform.ok(&large).await.as_str().map(str::len), Some(3_000_000));
    assert_eq!(platform.ok("\"again\"").await, json!("AGAIN"));
}

#[tokio::test]
async fn beans_are_made_of_events() {
    let platform = running("app.Orders").await;
    let order = json!({
        "number": 41, "state": "PAID", "total": 12.340, "at": "2026-11-22T06:00:00.5Z", "urgent": true,
        "unknown": {"ignored": []}, "lines": [{"sku": "a-1", "count": "3"}],
        "parcels": {"one": [{"sku": "b"}], "two": null},
    });
    let expected = json!({
        "note": "a-1", "number": 42, "state": "PAID", "total": 12.34, "at": 1_795_327_200.5,
        "lines": [{"sku": "a-1", "count": 3}], "parcels": {"one": [{"sku": "b", "count": 0}]},
        "urgent": true,
    });
    assert_eq!(platform.ok(&order.to_string()).await, expected);
    let (error, document) = platform.error(r#"{"lines": [{"count": {}}]}"#).await;
    assert_eq!(error.kind, FunctionErrorKind::Handled);
    let expected = json!({
        "errorMessage": "An error occurred during JSON parsing",
        "errorType": "java.lang.RuntimeException", "stackTrace": [],
    });
    assert_eq!(document, expected);
    let log = platform.log();
    let why = "cannot read a int: an object is given, at $.lines[0].count";
    assert!(log.iter().any(|line| line.contains(why)), "{log:#?}");
}

#[tokio::test]
async fn records_are_made_of_events_where_there_are_records() {
    let platform = TestPlatform::new();
    let classes = platform.folder.path().join("modern");
    compile_for("17", "modern", &classes);
    let mut function = function("java17", &classes);
    function.handler = "modern.Points".to_owned();
    platform.install(&[function]).await;
    let shape = json!({"name": "line", "points": [{"x": 1, "y": 2}, {"y": 0.5}]});
    let summary = json!({"name": "line", "last": {"x": 0, "y": 0.5}, "count": 2});
    assert_eq!(platform.ok(&shape.to_string()).await, summary);
}

#[tokio::test]
async fn a_serializer_of_the_code_is_used() {
    let platform = TestPlatform::new();
    let classes = platform.folder.path().join("serializer");
    compile("serializer", &classes);
    let service = "META-INF/services/com.amazonaws.services.lambda.runtime.CustomPojoSerializer";
    std::fs::create_dir_all(classes.join("META-INF/services")).expect("a folder");
    std::fs::write(classes.join(service), "serializer.Own\n").expect("a file");
    let mut function = function("java11", &classes);
    function.handler = "serializer.Own$Handler::same".to_owned();
    platform.install(&[function]).await;
    assert_eq!(platform.ok("12345").await, json!(["5 characters for a java.lang.String"]));
}

#[tokio::test]
async fn logs_are_json_where_the_function_asks_for_it() {
    let platform = TestPlatform::new();
    let mut function = java("app.Methods::print");
    let set = [("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("AWS_LAMBDA_LOG_LEVEL", "ERROR")];
    function.environment = set.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    platform.install(&[function]).await;
    platform.ok("\"x\"").await;
    platform.functions.drain(Duration::from_secs(5)).await;
    let log = platform.log();
    let record = log.iter().find(|line| line.contains("two\\nlines")).expect("a record");
    // The line before it was left unfinished.
    let record = record.strip_prefix("unfinished").expect("one line");
    let record: Value = serde_json::from_str(record).expect("JSON");
    assert_eq!((&record["message"], &record["level"]), (&json!("two\nlines"), &json!("UNDEFINED")));
    assert_eq!(record["AWSRequestId"].as_str().map(str::len), Some(36));
    assert!(record["timestamp"].as_str().is_some_and(|it| it.ends_with('Z')));
    assert!(!log.iter().any(|line| line.contains("leveled")), "{log:#?}");
}

#[tokio::test]
async fn any_public_method_may_be_the_handler() {
    for (handler, event, answer) in [
        ("app.Methods::shout", "\"hey\"", json!("HEY!")),
        ("app.Methods::sum", "[1, 2, \"3\"]", json!(1006)),
        ("app.Methods::nothing", "{}", json!(null)),
        ("app.Methods::copy", "[true]", json!([true])),
        (
            "app.Orders::handleRequest",
            r#"{"lines":[{}]}"#,
            json!({
                "number": 1, "lines": [{"count": 0}], "urgent": false
            }),
        ),
    ] {
        let platform = running(handler).await;
        assert_eq!(platform.ok(event).await, answer, "{handler}");
    }
    let platform = running("app.Methods::id").await;
    assert_eq!(platform.ok("{}").await.as_str().map(str::len), Some(36));
}

#[tokio::test]
async fn printing_never_breaks_the_protocol() {
    let platform = running("app.Methods::print").await;
    assert_eq!(platform.ok("\"1\"").await, json!("1"));
    assert_eq!(platform.ok("\"2\"").await, json!("2"));
    platform.functions.drain(Duration::from_secs(5)).await;
    let log = platform.log();
    for part in [
        "plain ä",
        "unfinished",
        "to standard error",
        "two\nlines",
        "[WARN] leveled",
        "HTTP/1.1 200",
    ] {
        assert!(log.iter().any(|line| line.contains(part)), "{part}: {log:#?}");
    }
}
