//! What one function does to itself stays with it.

use std::sync::Arc;
use std::time::Duration;

use model::invoke::FunctionErrorKind;
use model::{InvokeRefusal, ManualClock, Timestamp};
use serde_json::json;

use crate::platform::{TestPlatform, event, function};
use model::Invoke;

const CRASHING: &str = r#"
import os, signal, time
def handler(event, context):
    if event == "crash": os.kill(os.getpid(), signal.SIGKILL)
    if event == "exit": os._exit(0)
    if event == "sleep": time.sleep(60)
    if event == "orphan":
        if os.fork() == 0:
            time.sleep(60)
        os._exit(1)
    return os.getpid()
"#;

#[tokio::test]
async fn a_crash_is_told_to_its_caller_only() {
    let platform = TestPlatform::new();
    platform.install_code("python3.11", "index.py", CRASHING).await;
    let healthy = platform.ok("1").await;
    let (error, document) = platform.error("\"crash\"").await;
    assert_eq!(error.kind, FunctionErrorKind::Crashed);
    assert_eq!(document["errorType"], "Runtime.ExitError");
    let message = document["errorMessage"].as_str().expect("text");
    assert!(message.starts_with("RequestId: ") && message.ends_with("signal: killed"), "{message}");
    let (_, document) = platform.error("\"exit\"").await;
    let message = document["errorMessage"].as_str().expect("text");
    assert!(message.ends_with("Runtime exited without providing a reason"), "{message}");
    platform.error("\"orphan\"").await;
    assert_ne!(platform.ok("1").await, healthy, "a new environment serves");
    assert_eq!(platform.metric("faas_errors_total"), 3);
}

#[tokio::test]
async fn one_crash_in_ten_spares_the_other_nine() {
    let platform = TestPlatform::new();
    platform.install_code("python3.11", "index.py", CRASHING).await;
    let runs = (0..60).map(|number| {
        let functions = Arc::clone(&platform.functions);
        tokio::spawn(async move {
            let payload = if number % 10 == 3 { "\"crash\"" } else { "1" };
            let reply = functions.invoke(event("f", payload)).await.expect("run");
            (payload, matches!(reply.outcome, model::invoke::Outcome::Error(_)))
        })
    });
    for run in runs.collect::<Vec<_>>() {
        let (payload, failed) = run.await.expect("joined");
        assert_eq!(failed, payload != "1");
    }
}

#[tokio::test]
async fn a_timeout_ends_the_environment() {
    let platform = TestPlatform::new();
    let mut function = function("python3.11", &platform.code(&[("index.py", CRASHING)]));
    function.timeout = Duration::from_millis(300);
    platform.install(&[function]).await;
    let healthy = platform.ok("1").await;
    let (error, document) = platform.error("\"sleep\"").await;
    assert_eq!(error.kind, FunctionErrorKind::TimedOut);
    assert_eq!(document["errorType"], "Sandbox.Timedout");
    let message = document["errorMessage"].as_str().expect("text");
    assert!(message.ends_with(" Error: Task timed out after 0.30 seconds"), "{message}");
    assert_ne!(platform.ok("1").await, healthy);
    assert_eq!(platform.metric("faas_timeouts_total"), 1);
    platform.functions.drain(Duration::from_secs(5)).await;
    let log = platform.log();
    assert!(
        log.iter().any(|line| line.ends_with(" Task timed out after 0.30 seconds")),
        "{log:#?}"
    );
    assert!(log.iter().any(|line| line.ends_with("\tStatus: timeout")), "{log:#?}");
}

#[tokio::test]
async fn a_function_that_cannot_start_backs_off() {
    let clock = Arc::new(ManualClock::at(Timestamp(1_700_000_000_000)));
    let injected = Arc::clone(&clock);
    let platform = TestPlatform::with(move |settings| settings.clock = injected);
    let mut function = function("python3.11", &platform.code(&[("index.py", "import nothere")]));
    function.concurrency = 1;
    platform.install(&[function]).await;
    let (error, _) = platform.error("1").await;
    assert_eq!(error.kind, FunctionErrorKind::InitFailed);
    let refusal = platform.invoke("1").await.expect_err("backs off");
    let InvokeRefusal::BackingOff { reason, error: again, .. } = refusal else {
        panic!("{refusal}")
    };
    assert_eq!(again, error, "who asks meanwhile is told the same");
    let expected =
        "Runtime.ImportModuleError: Unable to import module 'index': No module named 'nothere'";
    assert!(reason.starts_with(expected), "{reason}");
    clock.advance(Duration::from_secs(1));
    platform.error("1").await;
}

#[tokio::test]
async fn an_init_that_hangs_is_ended() {
    let platform =
        TestPlatform::with(|settings| settings.init_timeout = Duration::from_millis(300));
    let code = platform.code(&[("index.py", "import time\ntime.sleep(60)")]);
    let mut function = function("python3.11", &code);
    function.timeout = Duration::from_millis(200);
    platform.install(&[function]).await;
    let (error, document) = platform.error("1").await;
    assert_eq!(error.kind, FunctionErrorKind::InitFailed);
    assert_eq!(document["errorType"], "Sandbox.Timedout");
}

#[tokio::test]
async fn nothing_of_the_host_is_inherited() {
    let platform = TestPlatform::new();
    let code = r#"
import os
def handler(event, context): return [sorted(set(os.environ) - {"LC_CTYPE"})]
"#;
    platform.install_code("python3.11", "index.py", code).await;
    let found = platform.ok("1").await;
    // Python itself sets LC_CTYPE where the machine lacks the locale.
    let expected = [
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "LD_LIBRARY_PATH",
        "PATH",
        "PYTHONPATH",
        "TZ",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    ];
    assert_eq!(found, json!([expected]));
}
