//! Replacing code while it serves.

use std::time::Duration;

use functions::Silent;
use model::InvokeRefusal;
use serde_json::json;

use crate::platform::{TestPlatform, function, name};

#[tokio::test]
async fn a_new_version_takes_over_when_it_is_warm() {
    let platform = TestPlatform::new();
    let mut old =
        platform.install_code("python3.11", "index.py", "def handler(e, c): return 'old'").await;
    assert_eq!(platform.ok("1").await, json!("old"));
    old.code = platform.code(&[("index.py", "def handler(e, c): return 'new'")]).into();
    let installation = platform.install(&[old]).await;
    assert!(installation.failed.is_empty());
    assert_eq!(platform.metric("faas_coldstarts_total"), 2, "warmed before anybody asked");
    assert_eq!(platform.ok("1").await, json!("new"));
    assert_eq!(platform.metric("faas_coldstarts_total"), 2);
}

#[tokio::test]
async fn a_version_that_cannot_start_leaves_the_old_one_serving() {
    let platform = TestPlatform::new();
    let old = platform
        .install_code("nodejs20.x", "index.js", "exports.handler = async () => 'old'")
        .await;
    assert_eq!(platform.ok("1").await, json!("old"));
    let mut broken = old.clone();
    broken.code = platform.code(&[("index.js", "exports.handler = async () => {{")]).into();
    let installation = platform.install(&[broken]).await;
    assert_eq!(installation.failed.len(), 1);
    let reason = &installation.failed[0].reason;
    assert!(reason.starts_with("Runtime.UserCodeSyntaxError: SyntaxError: "), "{reason}");
    assert_eq!(platform.ok("1").await, json!("old"));
    platform.install(&[old]).await;
    assert_eq!(platform.metric("faas_coldstarts_total"), 1, "what did not change goes on");
}

#[tokio::test]
async fn one_version_that_cannot_start_keeps_all_the_others_back() {
    let platform = TestPlatform::new();
    let node = |text: &str| platform.code(&[("index.js", text)]);
    let mut both = [
        function("nodejs20.x", &node("exports.handler = async () => 'old'")),
        function("nodejs20.x", &node("exports.handler = async () => 'old'")),
    ];
    both[1].name = model::FunctionName::parse("g").expect("a name");
    platform.install(&both).await;
    both[0].code = node("exports.handler = async () => 'new'").into();
    both[1].code = node("not javascript").into();
    let installation = platform.install(&both).await;
    let failed: Vec<&str> = installation.failed.iter().map(|f| f.function.as_str()).collect();
    assert_eq!(failed, ["g"]);
    assert_eq!(platform.ok("1").await, json!("old"));
    both[1].code = node("exports.handler = async () => 'new'").into();
    assert!(platform.install(&both).await.failed.is_empty());
    assert_eq!(platform.ok("1").await, json!("new"));
}

#[tokio::test]
async fn an_invocation_under_way_is_finished_by_the_old_version() {
    let platform = TestPlatform::new();
    let began = platform.folder.path().join("began");
    let code = format!(
        "import os, time\ndef handler(e, c):\n  open({began:?}, 'w').close()\n  \
         while os.path.exists({began:?}): time.sleep(0.002)\n  return 'old'"
    );
    let mut old = platform.install_code("python3.11", "index.py", &code).await;
    let slow = platform.ok("1");
    let replace = async {
        while !began.exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        old.code = platform.code(&[("index.py", "def handler(e, c): return 'new'")]).into();
        platform.install(std::slice::from_ref(&old)).await;
        assert_eq!(platform.ok("1").await, json!("new"), "others are not held up");
        std::fs::remove_file(&began).expect("removed");
    };
    let (slow, ()) = tokio::join!(slow, replace);
    assert_eq!(slow, json!("old"));
}

#[tokio::test]
async fn a_function_that_is_no_longer_named_is_gone() {
    let platform = TestPlatform::new();
    platform.install_code("python3.11", "index.py", "def handler(e, c): return 1").await;
    platform.ok("1").await;
    platform.install(&[]).await;
    let refusal = platform.invoke("1").await.expect_err("gone");
    assert_eq!(refusal, InvokeRefusal::NotFound(name("f")));
}

#[tokio::test]
async fn a_drained_platform_refuses_and_leaves_no_process() {
    let platform = TestPlatform::new();
    let code = "import os\ndef handler(e, c): return os.getpid()";
    platform.install_code("python3.11", "index.py", code).await;
    let pid = platform.ok("1").await;
    platform.functions.drain(Duration::from_secs(5)).await;
    assert_eq!(platform.invoke("1").await.expect_err("stopping"), InvokeRefusal::Stopping);
    assert!(!std::path::Path::new(&format!("/proc/{pid}/environ")).exists());
}

#[tokio::test]
async fn a_missing_interpreter_is_named_and_a_near_one_is_noted() {
    let platform = TestPlatform::with(|settings| settings.path = "/nonexistent".into());
    let code = platform.code(&[("index.py", "")]);
    for (runtime, program) in [("python3.11", "python3"), ("nodejs20.x", "node")] {
        let problems = platform.functions.prepare(&[function(runtime, &code)], &Silent).await;
        let problems = problems.expect_err("no interpreter");
        let expected = format!(
            "function `f`: runtime `{runtime}` needs `{program}`, which is in none of \
             /nonexistent; install it or add its folder to PATH"
        );
        assert_eq!(problems[0].to_string(), expected);
    }
    let platform = TestPlatform::new();
    let code = platform.code(&[("index.js", "exports.handler = async () => 1")]);
    let asked = function("nodejs99.x", &code);
    let prepared = platform.functions.prepare(&[asked], &Silent).await.expect("prepared");
    assert!(prepared.notes[0].text.starts_with("`nodejs99.x` is not installed; /"));
}
