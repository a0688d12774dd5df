//! What people do while they write a function: sample events, one function without a server, a
//! recorded request once more, a debugger.

mod debugging;
mod local;
mod replay;

use serde_json::Value;

use crate::TestPlatform;
use crate::program::run;

const STACK: &str = "\
name: habits
functions:
  echo: { runtime: python3.11, code: echo, handler: index.handler }
";

const ECHO: &str = "\
def handler(event, context):
    return event
";

/// Every source and kind, as the program itself lists them.
fn kinds(folder: &std::path::Path) -> Vec<[String; 2]> {
    let listed = |arguments: &[&str], heading: &str| -> Vec<String> {
        let said = run(folder, arguments).said();
        let list = said.out.split(heading).nth(1).expect("a list").to_owned();
        let lines = list.lines().skip(1).take_while(|line| !line.is_empty());
        lines.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
    };
    let sources = listed(&["generate-event", "--help"], "Sources:");
    let of = |source: &String| {
        let kinds = listed(&["generate-event", source, "--help"], "Kinds:");
        let kinds = kinds.into_iter().map(|kind| [source.clone(), kind]);
        kinds.collect::<Vec<_>>()
    };
    sources.iter().filter(|source| *source != "help").flat_map(of).collect()
}

#[test]
fn every_sample_event_is_input_of_invoke() {
    let platform = TestPlatform::start(&[("tidegate.yaml", STACK), ("echo/index.py", ECHO)]);
    let kinds = kinds(platform.folder());
    assert_eq!(kinds.len(), 17, "{kinds:?}");
    for [source, kind] in kinds {
        let event = platform.tidegate(&["generate-event", &source, &kind]).said();
        assert_eq!(event.exit, Some(0), "{source} {kind}: {}", event.err);
        let invoke = platform.tidegate(&["invoke", "echo", "--event", "-"]);
        let answer = invoke.input(event.out.as_bytes()).said();
        assert_eq!(answer.exit, Some(0), "{source} {kind}: {}", answer.err);
        let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        assert_eq!(read(&answer.out), read(&event.out), "{source} {kind}");
    }
}

#[test]
fn a_sample_event_that_cannot_be_names_its_flag() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = run(folder.path(), &["generate-event", "sqs", "--count", "0"]).said();
    assert_eq!(wrong.exit, Some(2));
    assert_eq!(wrong.err, "error: --count 0: expected 1 to 10000\n");
    let unknown = run(folder.path(), &["generate-event", "s4"]).said();
    assert_eq!(unknown.exit, Some(2));
    assert!(unknown.err.contains("`s4`; there are `apigateway`, `alb`,"), "{}", unknown.err);
    let unknown = run(folder.path(), &["generate-event", "s3", "get"]).said();
    assert_eq!(unknown.exit, Some(2));
    assert_eq!(unknown.err, "error: `s3` has no kind `get`, but `put`, `delete`\n");
    let unknown = run(folder.path(), &["generate-event", "sqs", "--body", "x", "foo"]).said();
    assert_eq!(unknown.exit, Some(2), "{}", unknown.err);
}
