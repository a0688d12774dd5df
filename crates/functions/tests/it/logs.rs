//! What functions print.

use std::time::Duration;

use functions::logs::Followed;
use model::Invoke;
use model::invoke::LogCapture;

use crate::platform::{TestPlatform, event, name};

#[tokio::test]
async fn an_invocation_is_logged_from_start_to_report() {
    let platform = TestPlatform::new();
    let code = "def handler(event, context): print('hello', event)";
    platform.install_code("python3.11", "index.py", code).await;
    let mut follow = platform.functions.logs().follow(Some(name("f")));
    let invocation = event("f", "1");
    let id = invocation.request_id.to_string();
    platform.functions.invoke(invocation).await.expect("run");
    let mut lines = Vec::new();
    while lines.len() < 3 {
        match follow.next().await.expect("a record") {
            Followed::Record(record) => {
                assert_eq!(record.request_id.as_ref().map(|id| id.as_str()), Some(id.as_str()));
                lines.push(record.to_string());
            }
            Followed::Missed(count) => panic!("missed {count}"),
        }
    }
    assert_eq!(lines[0], format!("START RequestId: {id} Version: $LATEST"));
    assert_eq!(lines[1], "hello 1");
    let report =
        lines[2].strip_prefix(&format!("END RequestId: {id}\nREPORT RequestId: {id}\tDuration: "));
    let report = report.expect("a report");
    for part in [
        " ms\tBilled Duration: ",
        " ms\tMemory Size: 256 MB\tMax Memory Used: ",
        " MB\tInit Duration: ",
    ] {
        assert!(report.contains(part), "{report}");
    }
    platform.ok("2").await;
    platform.functions.drain(Duration::from_secs(5)).await;
    let last = platform.log().pop().expect("a report");
    assert!(!last.contains("Init Duration"), "{last}");
    let file = std::fs::read_to_string(platform.functions.logs().file(&name("f"))).expect("a file");
    let first = file.lines().next().expect("a line");
    let json: serde_json::Value = serde_json::from_str(first).expect("JSON");
    assert_eq!(json["requestId"], id);
    assert_eq!(json["stream"], "platform");
    assert_eq!(file.lines().count(), 6);
}

#[tokio::test]
async fn the_tail_of_a_log_comes_with_the_reply() {
    let platform = TestPlatform::new();
    let code = "def handler(event, context):\n  for n in range(2000): print('line', n)";
    platform.install_code("python3.11", "index.py", code).await;
    let mut invocation = event("f", "1");
    invocation.log = LogCapture::Tail;
    let reply = platform.functions.invoke(invocation).await.expect("run");
    let tail = reply.log_tail.expect("a tail");
    assert_eq!(tail.len(), 4096);
    let tail = String::from_utf8_lossy(&tail).into_owned();
    assert!(tail.contains("line 1999\nEND RequestId: "), "{tail}");
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html>
#[tokio::test]
async fn a_short_log_comes_whole() {
    let platform = TestPlatform::new();
    let code = "def handler(event, context): print('hello'); raise ValueError('no')";
    platform.install_code("python3.11", "index.py", code).await;
    let mut invocation = event("f", "1");
    let id = invocation.request_id.to_string();
    invocation.log = LogCapture::Tail;
    let reply = platform.functions.invoke(invocation).await.expect("run");
    let tail = reply.log_tail.expect("a tail");
    let tail = String::from_utf8_lossy(&tail).into_owned();
    let start = format!("START RequestId: {id} Version: $LATEST\nhello\n[ERROR] ValueError: no\n");
    let end = format!("\nEND RequestId: {id}\nREPORT RequestId: {id}\tDuration: ");
    assert!(tail.starts_with(&start) && tail.contains(&end) && tail.ends_with('\n'), "{tail}");
}

#[tokio::test]
async fn a_line_without_an_end_belongs_to_who_wrote_it() {
    let platform = TestPlatform::new();
    let code = r#"
import sys
sys.stdout.write("while loading")
def handler(event, context):
    sys.stdout.write("out %s" % event)
    sys.stderr.write("err %s" % event)
"#;
    platform.install_code("python3.11", "index.py", code).await;
    for number in ["1", "2"] {
        let mut invocation = event("f", number);
        let id = invocation.request_id.clone();
        invocation.log = LogCapture::Tail;
        let reply = platform.functions.invoke(invocation).await.expect("run");
        let tail = reply.log_tail.expect("a tail");
        let tail = String::from_utf8_lossy(&tail).into_owned();
        let expected = format!("\nout {number}\nerr {number}\nEND RequestId: {id}\n");
        assert!(tail.contains(&expected), "{tail}");
        let recent = platform.functions.logs().recent(Some(&name("f")), 100);
        let own = recent.iter().filter(|record| record.request_id.as_ref() == Some(&id));
        assert_eq!(own.count(), 4, "START, two lines, and END with REPORT");
    }
    let recent = platform.functions.logs().recent(Some(&name("f")), 100);
    let loading = recent.iter().find(|record| record.to_string().contains("while loading"));
    assert_eq!(loading.expect("logged").request_id, None);
}

#[tokio::test]
async fn a_flood_of_output_neither_blocks_the_function_nor_fills_memory() {
    let platform = TestPlatform::new();
    let code = r#"
import os
def handler(event, context):
    line = b"x" * 1023 + b"\n"
    for _ in range(64 * 1024): os.write(1, line)
    os.write(2, b"y" * 3000000)
    return "done"
"#;
    platform.install_code("python3.11", "index.py", code).await;
    assert_eq!(platform.ok("1").await, "done");
    platform.functions.drain(Duration::from_secs(5)).await;
    let kept: usize = platform.log().iter().map(String::len).sum();
    assert!(kept <= 512 * 1024, "{kept} bytes are kept");
}
