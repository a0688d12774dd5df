//! Unmodified Python handlers.

use model::invoke::FunctionErrorKind;
use serde_json::json;

use crate::platform::{TestPlatform, function};

#[tokio::test]
async fn a_handler_gets_its_event_and_its_context() {
    let platform = TestPlatform::new();
    let code = r#"
import os, subprocess, sys
def handler(event, context):
    show = 'printf %s "$_X_AMZN_TRACE_ID"'
    told = [subprocess.check_output(["sh", "-c", show]).decode(), os.popen(show).read()]
    return {
        "told": told == [os.environ["_X_AMZN_TRACE_ID"]] * 2,
        "event": event, "id": context.aws_request_id, "arn": context.invoked_function_arn,
        "name": context.function_name, "memory": context.memory_limit_in_mb,
        "version": context.function_version, "group": context.log_group_name,
        "left": 0 < context.get_remaining_time_in_millis() <= 20000,
        "trace": os.environ["_X_AMZN_TRACE_ID"], "home": os.environ.get("HOME"),
        "root": os.environ["LAMBDA_TASK_ROOT"] == os.getcwd() == sys.path[0],
        "stdin": sys.stdin.read(), "python": "%d.%d" % sys.version_info[:2],
    }
"#;
    platform.install_code("python3.11", "index.py", code).await;
    let mut answer = platform.ok(r#"{"ä":[1,2.5,null]}"#).await;
    assert_eq!(answer["id"].take().as_str().map(str::len), Some(36));
    let expected = json!({
        "event": {"ä": [1, 2.5, null]}, "id": null,
        "arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "name": "f", "memory": "256", "version": "$LATEST", "group": "/aws/lambda/f",
        "left": true, "told": true, "home": null, "root": true, "stdin": "", "python": "3.11",
        "trace": "Root=1-00000000-000000000000000000000001;Parent=0000000000000002;Sampled=1",
    });
    assert_eq!(answer, expected);
    platform.functions.drain(std::time::Duration::from_secs(5)).await;
}

#[tokio::test]
async fn printing_never_breaks_the_protocol() {
    let platform = TestPlatform::new();
    let code = r#"
import logging, os, sys
print("while loading")
logging.getLogger().setLevel(logging.INFO)
def handler(event, context):
    print("HTTP/1.1 200 OK\r\n\r\n")
    sys.stderr.write("to standard error, unfinished")
    logging.info("two\nlines")
    os.write(1, b"\xff\x00raw\n")
    sys.stdout.write("last words")
    return event
"#;
    platform.install_code("python3.11", "index.py", code).await;
    assert_eq!(platform.ok("1").await, json!(1));
    assert_eq!(platform.ok("2").await, json!(2));
    platform.functions.drain(std::time::Duration::from_secs(5)).await;
    let log = platform.log();
    let has = |part: &str| assert!(log.iter().any(|line| line.contains(part)), "{part}: {log:#?}");
    for part in ["while loading", "HTTP/1.1 200 OK", "unfinished", "\u{fffd}\0raw", "last words"] {
        has(part);
    }
    let logged = log.iter().find(|line| line.contains("two\nlines")).expect("logged");
    assert!(logged.starts_with("[INFO]\t20"), "{logged}");
    assert_eq!(logged.split('\t').count(), 4);
}

#[tokio::test]
async fn errors_read_as_lambdas_do() {
    let platform = TestPlatform::new();
    let code = r#"
import datetime, decimal
class Refused(Exception): pass
def handler(event, context):
    if event == "raise": raise Refused("not today")
    if event == "date": return datetime.datetime.now()
    if event == "decimal": return decimal.Decimal("1.5")
    return event["missing"]
"#;
    platform.install_code("python3.11", "index.py", code).await;
    let (error, document) = platform.error(r#""raise""#).await;
    assert_eq!(error.kind, FunctionErrorKind::Handled);
    assert_eq!(document["errorMessage"], "not today");
    assert_eq!(document["errorType"], "Refused");
    assert_eq!(document["requestId"].as_str().map(str::len), Some(36));
    let trace = document["stackTrace"][0].as_str().expect("a frame");
    assert!(trace.contains("index.py\", line 5, in handler\n    if event == \"raise\""), "{trace}");
    let logged =
        platform.log().into_iter().find(|text| text.contains("Refused")).expect("a record");
    let lines: Vec<&str> = logged.lines().collect();
    assert_eq!(lines[..2], ["[ERROR] Refused: not today", "Traceback (most recent call last):"]);
    assert!(lines[2].ends_with("index.py\", line 5, in handler"), "{lines:?}");
    let (_, document) = platform.error(r#""date""#).await;
    assert_eq!(document["errorType"], "Runtime.MarshalError");
    assert_eq!(
        document["errorMessage"],
        "Unable to marshal response: Object of type datetime is not JSON serializable"
    );
    assert_eq!(platform.ok(r#""decimal""#).await, json!(1.5));
    let (_, document) = platform.error("not json").await;
    assert_eq!(document["errorType"], "Runtime.UnmarshalError");
    let (_, document) = platform.error("{}").await;
    assert_eq!(document["errorType"], "KeyError");
    assert_eq!(document["errorMessage"], "'missing'");
}

#[tokio::test]
async fn a_function_that_cannot_load_says_why() {
    let cases = [
        (
            "index.py",
            "import nothere",
            "index.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'index': No module named 'nothere'; a function sees nothing of \
             the host's packages: list this one in a requirements.txt beside the code and set \
             `build: python`, or put it into a layer",
        ),
        (
            "index.py",
            "x = 1",
            "index.handler",
            "Runtime.HandlerNotFound",
            "Handler 'handler' missing on module 'index'",
        ),
        (
            "index.py",
            "def handler(:",
            "index.handler",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'index': invalid syntax (index.py, line 1)",
        ),
        ("index.py", "raise KeyError('x')", "index.handler", "KeyError", "'x'"),
        (
            "index.py",
            "",
            "index",
            "Runtime.MalformedHandlerName",
            "Bad handler 'index': not enough values to unpack (expected 2, got 1)",
        ),
    ];
    for (file, code, handler, kind, message) in cases {
        let platform = TestPlatform::new();
        let mut function = function("python3.11", &platform.code(&[(file, code)]));
        function.handler = handler.to_owned();
        platform.install(&[function]).await;
        let (error, document) = platform.error("1").await;
        assert_eq!(error.kind, FunctionErrorKind::InitFailed);
        assert_eq!(document["errorType"], kind);
        assert_eq!(document["errorMessage"], message);
    }
}

#[tokio::test]
async fn handlers_may_be_nested_and_return_anything() {
    let platform = TestPlatform::new();
    let code = platform.code(&[
        ("src/app/__init__.py", ""),
        ("src/app/main.py", "def run(event, context): return {'é': event * 2}"),
    ]);
    let mut function = function("python3.11", &code);
    function.handler = "src/app/main.run".to_owned();
    platform.install(&[function]).await;
    assert_eq!(platform.ok("21").await, json!({"é": 42}));
    let large = format!("\"{}\"", "x".repeat(2_000_000));
    assert_eq!(platform.ok(&large).await["é"].as_str().map(str::len), Some(4_000_000));
}
