//! Stacks of one app that import what others export.

use serde_json::{Value, json};

use crate::TestPlatform;
use crate::http::Connection;
use crate::platform::write;
use crate::program::{Said, run};

/// As the CDK lists them: by name, whoever needs whom.
const MANIFEST: &str = r#"{
  "version": "36.0.0",
  "artifacts": {
    "app": { "type": "aws:cloudformation:stack", "properties": { "templateFile": "app.template.json" }, "dependencies": ["base"] },
    "base": { "type": "aws:cloudformation:stack", "properties": { "templateFile": "base.template.json" } }
  }
}"#;

const BASE: &str = r#"{
  "Transform": "AWS::Serverless-2016-10-31",
  "Resources": {
    "Jobs": { "Type": "AWS::SQS::Queue" },
    "Where": { "Type": "AWS::SSM::Parameter", "Properties": { "Name": "/base/jobs", "Type": "String", "Value": { "Fn::GetAtt": ["Jobs", "Arn"] } } },
    "Tell": { "Type": "AWS::Serverless::Function", "Properties": {
      "FunctionName": "tell", "CodeUri": "asset.tell", "Handler": "index.handler", "Runtime": "python3.11",
      "Events": { "Get": { "Type": "HttpApi", "Properties": { "Path": "/told", "Method": "get" } } } } }
  },
  "Outputs": {
    "Jobs": { "Value": { "Ref": "Jobs" }, "Export": { "Name": "base:Jobs" } },
    "Api": { "Value": { "Fn::GetAtt": ["ServerlessHttpApi", "ApiEndpoint"] }, "Export": { "Name": "base:Api" } }
  }
}"#;

const APP: &str = r#"{
  "Transform": "AWS::Serverless-2016-10-31",
  "Resources": {
    "Use": { "Type": "AWS::Serverless::Function", "Properties": {
      "FunctionName": "use", "CodeUri": "asset.use", "Handler": "index.handler", "Runtime": "python3.11", "Timeout": 20,
      "Environment": { "Variables": {
        "JOBS": { "Fn::ImportValue": "base:Jobs" },
        "TOLD": { "Fn::Join": ["", [{ "Fn::ImportValue": "base:Api" }, "/told"]] } } } } }
  },
  "Outputs": { "Again": { "Value": { "Fn::ImportValue": "base:Jobs" } } }
}"#;

const USE: &str = "\
import os
import urllib.request
def handler(event, context):
    with urllib.request.urlopen(os.environ['TOLD'], timeout=10) as answer:
        return {'told': answer.read().decode(), 'jobs': os.environ['JOBS']}
";

fn uses(platform: &TestPlatform) -> Value {
    let path = "/2015-03-31/functions/use/invocations";
    Connection::open(&platform.aws).request("POST", path, &[], b"{}").json()
}

#[test]
fn stacks_of_an_app_come_in_order_and_import_what_others_export() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        ("cdk.out/manifest.json", MANIFEST),
        ("cdk.out/base.template.json", BASE),
        ("cdk.out/app.template.json", APP),
        ("cdk.out/asset.tell/index.py", "def handler(event, context):\n    return 'told'\n"),
        ("cdk.out/asset.use/index.py", USE),
    ];
    write(folder.path(), &files);
    let tidegate = |arguments: &[&str]| -> Said {
        run(folder.path(), arguments).env("TIDEGATE_STATE", "state").said()
    };
    let platform = TestPlatform::daemon(folder.path(), &[]);
    let alone = tidegate(&["deploy", "cdk.out/app.template.json"]);
    assert_ne!(alone.exit, Some(0));
    assert!(alone.err.contains("no stack exports `base:Jobs`"), "{}", alone.err);
    let said = tidegate(&["deploy", "cdk.out"]);
    assert_eq!(said.exit, Some(0), "{said:?}");

    let queue = format!("{}/000000000000/base-Jobs", platform.aws);
    assert_eq!(uses(&platform), json!({ "told": "told", "jobs": queue }));
    let base = tidegate(&["outputs", "base", "--output", "json"]).out;
    let base: Value = serde_json::from_str(&base).expect("JSON");
    assert_eq!(base["outputs"], json!({ "Api": platform.api, "Jobs": queue }));
    let app = tidegate(&["outputs", "app"]).out;
    assert!(app.contains(&format!("  output Again  {queue}\n")), "{app}");

    // What is in use stays as it is.
    let refused = tidegate(&["destroy", "base", "--confirm", "base"]);
    assert_ne!(refused.exit, Some(0));
    assert!(refused.err.contains("the stack `app` imports `base:Jobs`"), "{}", refused.err);
    write(
        folder.path(),
        &[("cdk.out/base.template.json", &BASE.replace("base:Jobs", "base:Work"))],
    );
    let refused = tidegate(&["deploy", "cdk.out/base.template.json"]);
    assert!(refused.err.contains("the stack `app` imports `base:Jobs`"), "{}", refused.err);

    // After a restart, what is imported is where the server is now.
    drop(platform);
    let platform = TestPlatform::daemon(folder.path(), &[]);
    let queue = format!("{}/000000000000/base-Jobs", platform.aws);
    assert_eq!(uses(&platform), json!({ "told": "told", "jobs": queue }));
    for stack in ["app", "base"] {
        let said = tidegate(&["destroy", stack, "--confirm", stack]);
        assert_eq!(said.exit, Some(0), "{said:?}");
    }
}
