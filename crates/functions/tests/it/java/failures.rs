//! Java handlers that fail, cannot be loaded, or take too long or too much.

use std::time::Duration;

use model::invoke::FunctionErrorKind;
use serde_json::{Value, json};

use super::{java, running};
use crate::platform::TestPlatform;

#[tokio::test]
async fn errors_read_as_lambdas_do() {
    let platform = running("app.Methods::fail").await;
    let (error, document) = platform.error("\"refuse\"").await;
    assert_eq!(error.kind, FunctionErrorKind::Handled);
    assert_eq!(document["errorMessage"], "not today");
    assert_eq!(document["errorType"], "app.Methods$Refused");
    assert_eq!(document["stackTrace"][0], "app.Methods.fail(Methods.java:50)");
    let frames = document["stackTrace"].as_array().expect("frames");
    let is_own = |frame: &Value| frame.as_str().is_some_and(|it| it.contains("tidegate"));
    assert!(!frames.iter().any(is_own), "{frames:?}");
    let log = platform.log();
    let logged = log.iter().find(|text| text.contains("not today")).expect("a record");
    assert!(logged.starts_with("not today: app.Methods$Refused\n"), "{logged}");
    assert!(logged.contains("Caused by: java.io.IOException: the disk"), "{logged}");
    let (_, document) = platform.error("\"wordless\"").await;
    assert_eq!(document["errorMessage"], "java.lang.IllegalStateException");
    let (_, document) = platform.error("\"loop\"").await;
    assert_eq!(document["errorMessage"], "An error occurred during JSON serialization of response");
    let (_, document) = platform.error("{").await;
    assert_eq!(document["errorMessage"], "An error occurred during JSON parsing");
    assert_eq!(platform.ok("\"fine\"").await, json!("fine"));
}

#[tokio::test]
async fn a_function_that_cannot_load_says_why() {
    let cases = [
        ("app.Absent", "java.lang.ClassNotFoundException", "Class not found: app.Absent"),
        ("app.Absent::run", "java.lang.ClassNotFoundException", "Class not found: app.Absent"),
        (
            "app.Methods::absent",
            "Runtime.BadFunctionCode",
            "No public method named absent with appropriate method signature found on class app.Methods",
        ),
        (
            "app.Methods",
            "Runtime.BadFunctionCode",
            "Class does not implement an appropriate handler interface: app.Methods",
        ),
        ("::", "Runtime.BadFunctionCode", "Invalid handler: `::'"),
        (
            "app.Broken$Static",
            "java.lang.ExceptionInInitializerError",
            "Error loading class app.Broken$Static",
        ),
        ("app.Broken$Made", "java.lang.UnsupportedOperationException", "no configuration"),
        (
            "app.Broken$Inner",
            "java.lang.NoSuchMethodException",
            "Class app.Broken$Inner cannot be instantiated because it is a non-static inner class",
        ),
    ];
    for (handler, kind, message) in cases {
        let platform = TestPlatform::new();
        platform.install(&[java(handler)]).await;
        let (error, document) = platform.error("1").await;
        assert_eq!(error.kind, FunctionErrorKind::InitFailed, "{handler}");
        assert_eq!(document["errorMessage"], message);
        assert_eq!(document["errorType"], kind);
    }
}

#[tokio::test]
async fn what_ends_the_machine_ends_one_environment() {
    let platform = running("app.Methods::fail").await;
    let (error, document) = platform.error("\"memory\"").await;
    assert_eq!(error.kind, FunctionErrorKind::Handled);
    assert_eq!(document["errorType"], "java.lang.OutOfMemoryError");
    assert_eq!(document["errorMessage"], "Java heap space");
    let (_, document) = platform.error("\"depth\"").await;
    assert_eq!(document["errorType"], "java.lang.StackOverflowError");
    let (error, document) = platform.error("\"exit\"").await;
    assert_eq!(error.kind, FunctionErrorKind::Crashed);
    assert_eq!(document["errorType"], "Runtime.ExitError");
    assert_eq!(platform.ok("\"fine\"").await, json!("fine"));
    platform.functions.drain(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_timeout_ends_the_environment() {
    let platform = TestPlatform::new();
    let mut function = java("app.Methods::fail");
    function.timeout = Duration::from_secs(1);
    platform.install(&[function]).await;
    let (error, _) = platform.error("\"sleep\"").await;
    assert_eq!(error.kind, FunctionErrorKind::TimedOut);
    assert_eq!(platform.ok("\"fine\"").await, json!("fine"));
}
