//! What people do while they write a function: sample events, one function without a server.

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
    assert!(unknown.err.contains("unrecognized subcommand 's4'"), "{}", unknown.err);
}

/// Says where it runs, and what it was given.
const LOCAL: &str = "\
import os
def handler(event, context):
    print('hello from', context.function_name)
    if event.get('fail'):
        raise ValueError('asked to')
    names = ('COLOUR', 'SIZE', 'AWS_ENDPOINT_URL')
    return {name: os.environ.get(name) for name in names}
";

const LOCAL_STACK: &str = "\
name: habits
parameters:
  size: { type: number, default: 1 }
functions:
  shown:
    runtime: python3.11
    code: shown
    handler: index.handler
    environment: { COLOUR: red, SIZE: '${param:size}' }
  other:
    runtime: python3.11
    code: shown
    handler: index.handler
    environment: { STATE: '${cache:state.url}' }
caches:
  state: {}
";

fn local_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(
        folder.path(),
        &[("tidegate.yaml", LOCAL_STACK), ("shown/index.py", LOCAL), (".git/HEAD", "")],
    );
    folder
}

#[test]
fn a_function_runs_without_a_server() {
    let folder = local_folder();
    let said = run(folder.path(), &["invoke", "shown", "--local"]).said();
    assert_eq!(said.exit, Some(0), "{}", said.err);
    let answer: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((&answer["COLOUR"], &answer["SIZE"]), (&"red".into(), &"1".into()));
    assert_eq!(answer["AWS_ENDPOINT_URL"], "http://127.0.0.1:4566");
    for line in ["START RequestId: ", "hello from shown\n", "REPORT RequestId: "] {
        assert!(said.err.contains(line), "{}", said.err);
    }
    // As a server does, it keeps what was logged.
    let log = std::fs::read_to_string(folder.path().join(".tidegate/logs/shown.log"));
    assert!(log.expect("a log").contains("hello from shown"));
}

#[test]
fn the_exit_code_of_a_local_run_tells_what_went_wrong() {
    let folder = local_folder();
    let local = |arguments: &[&str]| {
        let all = [&["invoke", "--local"], arguments].concat();
        run(folder.path(), &all).said()
    };
    let failed = local(&["shown", "--event", r#"{"fail": true}"#]);
    assert_eq!(failed.exit, Some(3), "{}", failed.err);
    assert!(failed.out.contains(r#""errorMessage": "asked to""#), "{}", failed.out);
    let absent = local(&["nobody"]);
    assert_eq!(absent.exit, Some(4));
    assert!(absent.err.contains("the stack has no function `nobody`"), "{}", absent.err);
    let cache = local(&["other"]);
    assert_eq!(cache.exit, Some(2));
    assert!(cache.err.contains("variable `STATE` refers to `${cache:state.url}`"), "{}", cache.err);
    let json = local(&["shown", "--output", "json"]);
    let json: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json["payload"]["COLOUR"], "red");
    assert!(json["log"].as_str().expect("text").contains("hello from shown"));
}

#[test]
fn a_file_of_variables_has_the_last_word() {
    let folder = local_folder();
    let env = r#"{"Parameters": {"SIZE": 7, "COLOUR": "blue"}, "shown": {"COLOUR": "green"}}"#;
    std::fs::write(folder.path().join("env.json"), env).expect("written");
    let shown = ["invoke", "shown", "--local", "--env-vars", "env.json", "--parameter", "size=3"];
    let said = run(folder.path(), &shown).said();
    let answer: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((&answer["COLOUR"], &answer["SIZE"]), (&"green".into(), &"7".into()));

    std::fs::write(folder.path().join("env.json"), r#"{"shwn": {"A": "hunter2"}}"#)
        .expect("written");
    let said = run(folder.path(), &shown).said();
    assert_eq!(said.exit, Some(2));
    assert!(said.err.contains("did you mean `shown`?"), "{}", said.err);
    assert!(!said.err.contains("hunter2"), "{}", said.err);
}

#[test]
fn a_server_gives_its_functions_the_variables_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let env = folder.path().join("env.json");
    std::fs::write(&env, r#"{"shown": {"COLOUR": "green"}}"#).expect("written");
    let stack = LOCAL_STACK.split("  other:").next().expect("a start");
    let arguments = ["--env-vars", env.to_str().expect("UTF-8")];
    let files = [("tidegate.yaml", stack), ("shown/index.py", LOCAL)];
    let platform = TestPlatform::start_with(&files, &arguments);
    let said = platform.tidegate(&["invoke", "shown"]).said();
    let answer: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(answer["COLOUR"], "green");
    // Beside a server, a local run finds that server.
    let said = platform.tidegate(&["invoke", "shown", "--local"]).said();
    let answer: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(answer["AWS_ENDPOINT_URL"], *platform.aws);
    assert_eq!(answer["COLOUR"], "red");
}
