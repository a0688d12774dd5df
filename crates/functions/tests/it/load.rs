//! More invocations than environments, and callers that vanish.

use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use model::{Invoke, InvokeRefusal, ManualClock, Timestamp};
use serde_json::json;

use crate::platform::{TestPlatform, event, function};

/// Waits for the file that the event names, so that tests decide when it ends.
const GATED: &str = r#"
import os, time
def handler(event, context):
    if event:
        open(event + ".began", "w").close()
        while not os.path.exists(event): time.sleep(0.002)
    return os.getpid()
"#;

async fn gated(concurrency: u32, queue_wait: Duration, queue: usize) -> TestPlatform {
    let platform = TestPlatform::with(|settings| settings.queue = queue);
    let mut function = function("python3.11", &platform.code(&[("index.py", GATED)]));
    function.concurrency = concurrency;
    function.queue_wait = queue_wait;
    platform.install(&[function]).await;
    platform
}

impl TestPlatform {
    fn gate(&self) -> String {
        self.folder.path().join(format!("gate-{:x}", fastrand::u64(..))).display().to_string()
    }

    /// Starts an invocation that runs until its gate opens.
    async fn hold(&self) -> (String, tokio::task::JoinHandle<bool>) {
        let gate = self.gate();
        let functions = Arc::clone(&self.functions);
        let payload = json!(gate).to_string();
        let held =
            tokio::spawn(async move { functions.invoke(event("f", &payload)).await.is_ok() });
        until(|| std::fs::exists(format!("{gate}.began")).expect("a look")).await;
        (gate, held)
    }
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn open(gate: &str) {
    std::fs::write(gate, "").expect("opened");
}

#[tokio::test]
async fn an_invocation_waits_for_its_turn() {
    let platform = gated(1, Duration::from_secs(30), 64).await;
    let (gate, held) = platform.hold().await;
    let waiting: Vec<_> = (0..32)
        .map(|_| {
            let functions = Arc::clone(&platform.functions);
            tokio::spawn(async move { functions.invoke(event("f", "null")).await.is_ok() })
        })
        .collect();
    until(|| platform.functions.status()[0].waiting == 32).await;
    open(&gate);
    assert!(held.await.expect("joined"));
    for run in waiting {
        assert!(run.await.expect("joined"), "nobody is refused");
    }
    assert_eq!(platform.metric("faas_coldstarts_total"), 1);
}

#[tokio::test]
async fn excess_is_refused_after_its_wait_or_at_once_when_the_queue_is_full() {
    let platform = gated(1, Duration::from_millis(50), 1).await;
    let (gate, held) = platform.hold().await;
    let refusal = platform.invoke("null").await.expect_err("no turn in time");
    assert!(matches!(refusal, InvokeRefusal::Throttled { limit: 1, .. }), "{refusal}");
    let mut first = platform.functions.invoke(event("f", "null"));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut cx).is_pending());
    let refusal = platform.invoke("null").await.expect_err("the queue is full");
    assert!(matches!(refusal, InvokeRefusal::Throttled { .. }), "{refusal}");
    assert_eq!(platform.metric("tidegate_function_throttles_total"), 2);
    drop(first);
    open(&gate);
    assert!(held.await.expect("joined"));
    platform.ok("null").await;
}

#[tokio::test]
async fn callers_that_vanish_never_count_against_the_function() {
    let platform = gated(2, Duration::from_secs(30), 64).await;
    let pid = platform.ok("null").await;
    for _ in 0..20 {
        let gate = platform.gate();
        let payload = json!(gate).to_string();
        let mut call = platform.functions.invoke(event("f", &payload));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(call.as_mut().poll(&mut cx).is_pending());
        until(|| std::fs::exists(format!("{gate}.began")).expect("a look")).await;
        drop(call);
        open(&gate);
        until(|| platform.functions.status()[0].busy == 0).await;
    }
    assert_eq!(platform.ok("null").await, pid, "the environment lives");
    assert_eq!(platform.metric("faas_errors_total"), 0);
    assert_eq!(platform.metric("faas_invocations_total"), 22, "all of them ran to their end");
}

#[tokio::test]
async fn a_caller_that_vanishes_in_the_queue_leaves_no_trace() {
    let platform = gated(1, Duration::from_secs(30), 64).await;
    let (gate, held) = platform.hold().await;
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..10 {
        let mut call = platform.functions.invoke(event("f", "null"));
        assert!(call.as_mut().poll(&mut cx).is_pending());
    }
    let mut granted = platform.functions.invoke(event("f", "null"));
    assert!(granted.as_mut().poll(&mut cx).is_pending());
    open(&gate);
    assert!(held.await.expect("joined"));
    // It has been given the environment by now, and vanishes without taking it.
    until(|| platform.functions.status()[0].waiting == 0).await;
    drop(granted);
    platform.ok("null").await;
    assert_eq!(platform.metric("faas_coldstarts_total"), 1);
}

#[tokio::test]
async fn many_callers_share_few_environments() {
    let platform = TestPlatform::new();
    let code = "exports.handler = async (event) => event * 2;";
    let mut function = function("nodejs20.x", &platform.code(&[("index.js", code)]));
    function.concurrency = 2;
    platform.install(&[function]).await;
    let runs: Vec<_> = (0..1_000)
        .map(|number| {
            let functions = Arc::clone(&platform.functions);
            tokio::spawn(async move {
                let reply = functions.invoke(event("f", &number.to_string())).await.expect("run");
                match reply.outcome {
                    model::invoke::Outcome::Payload(bytes) => {
                        assert_eq!(bytes, (number * 2).to_string());
                    }
                    other => panic!("{other:?}"),
                }
            })
        })
        .collect();
    for run in runs {
        run.await.expect("its own answer");
    }
    assert!(platform.metric("faas_coldstarts_total") <= 2);
}

#[test]
fn environments_move_between_threads() {
    let control = tokio::runtime::Runtime::new().expect("a runtime");
    let platform = control.block_on(async {
        let platform = TestPlatform::new();
        let mut function =
            function("python3.11", &platform.code(&[("index.py", "def handler(e, c): return e")]));
        function.concurrency = 1;
        platform.install(&[function]).await;
        platform
    });
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let functions = Arc::clone(&platform.functions);
            scope.spawn(move || {
                let worker = tokio::runtime::Builder::new_current_thread().enable_all().build();
                worker.expect("a runtime").block_on(async {
                    for number in 0..200 {
                        let payload = format!("[{thread},{number}]");
                        let reply = functions.invoke(event("f", &payload)).await.expect("run");
                        let model::invoke::Outcome::Payload(bytes) = reply.outcome else {
                            panic!("{reply:?}")
                        };
                        assert_eq!(bytes, format!("[{thread}, {number}]"));
                    }
                });
            });
        }
    });
    assert_eq!(platform.metric("faas_coldstarts_total"), 1);
    control.block_on(platform.functions.drain(Duration::from_secs(5)));
}

#[tokio::test]
async fn idle_and_old_environments_are_stopped() {
    let clock = Arc::new(ManualClock::at(Timestamp(1_700_000_000_000)));
    let injected = Arc::clone(&clock);
    let platform = TestPlatform::with(move |settings| settings.clock = injected);
    let code = "import os\ndef handler(e, c): return os.getpid()";
    platform.install_code("python3.11", "index.py", code).await;
    let first = platform.ok("1").await;
    clock.advance(Duration::from_mins(9));
    platform.functions.sweep();
    assert_eq!(platform.ok("1").await, first);
    clock.advance(Duration::from_mins(11));
    platform.functions.sweep();
    assert_eq!(platform.functions.status()[0].idle, 0);
    let second = platform.ok("1").await;
    assert_ne!(second, first);
    for _ in 0..13 {
        clock.advance(Duration::from_mins(9));
        platform.ok("1").await;
    }
    clock.advance(Duration::from_mins(9));
    assert_eq!(platform.functions.status()[0].idle, 1);
    platform.ok("1").await;
    assert_eq!(platform.functions.status()[0].idle, 0, "retired after its invocation");
}
