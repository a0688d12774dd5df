//! One function without a server.

use serde_json::Value;

use crate::TestPlatform;
use crate::program::run;

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
fn a_server_that_wants_signatures_is_told_apart() {
    let keys = tempfile::NamedTempFile::new().expect("a file");
    let key = "[ada]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s3cret\n";
    std::fs::write(keys.path(), key).expect("written");
    let stack = LOCAL_STACK.split("  other:").next().expect("a start");
    let files = [("tidegate.yaml", stack), ("shown/index.py", LOCAL)];
    let arguments = ["--aws-credentials", keys.path().to_str().expect("UTF-8")];
    let platform = TestPlatform::start_with(&files, &arguments);
    let said = platform.tidegate(&["invoke", "shown"]).said();
    assert_eq!(said.exit, Some(1), "{}", said.err);
    assert!(said.err.contains("signed calls only"), "{}", said.err);
    assert_eq!(platform.tidegate(&["invoke", "shown", "--local"]).said().exit, Some(0));
}

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  Shown:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: shown/
      Handler: index.handler
      Runtime: python3.11
      Environment: { Variables: { COLOUR: red } }
";

#[test]
fn a_function_of_a_template_runs_by_its_logical_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let env = r#"{"Shown": {"COLOUR": "green"}}"#;
    let files = [
        ("template.yaml", TEMPLATE),
        ("shown/index.py", LOCAL),
        ("env.json", env),
        (".git/HEAD", ""),
    ];
    crate::platform::write(folder.path(), &files);
    for (arguments, colour) in [(&[][..], "red"), (&["--env-vars", "env.json"], "green")] {
        let said =
            run(folder.path(), &[&["invoke", "Shown", "--local"], arguments].concat()).said();
        let answer: Value = serde_json::from_str(&said.out).expect(&said.err);
        assert_eq!(answer["COLOUR"], colour);
    }
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
