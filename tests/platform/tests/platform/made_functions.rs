//! Functions that AWS calls made: where their code lies, and for how long.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::http::Connection;
use crate::patience::until;
use crate::platform::{self, TestPlatform};
use crate::program;
use crate::up::HELLO;

const PACK: &str = "import base64, io, sys, zipfile
zip = io.BytesIO()
with zipfile.ZipFile(zip, 'w') as file:
    file.writestr('index.py', sys.argv[1])
print(end=base64.b64encode(zip.getvalue()).decode())
";

/// A zip of a function that answers its version and this, in Base64.
fn zip(answer: &str) -> String {
    packed(&format!("def handler(e, c):\n    return c.function_version + '{answer}'\n"))
}

fn packed(code: &str) -> String {
    let packed = Command::new("python3").args(["-c", PACK, code]).output().expect("python3 runs");
    String::from_utf8(packed.stdout).expect("Base64")
}

/// Starts once there is a parameter `/gate`.
const GATED: &str = "import json, os, time, urllib.request
ask = urllib.request.Request(
    os.environ['AWS_ENDPOINT_URL'], json.dumps({'Name': '/gate'}).encode(),
    {'x-amz-target': 'AmazonSSM.GetParameter', 'content-type': 'application/x-amz-json-1.1'})
while True:
    try:
        urllib.request.urlopen(ask)
        break
    except urllib.error.HTTPError:
        time.sleep(0.01)
def handler(e, c): return 'new'
";

struct Lambda<'a>(&'a TestPlatform);

impl Lambda<'_> {
    fn ask(&self, method: &str, path: &str, body: &Value) -> crate::http::Answer {
        let path = format!("/2015-03-31/functions{path}");
        let body = body.to_string();
        Connection::open(&self.0.aws).request(method, &path, &[], body.as_bytes())
    }

    fn create(&self, name: &str) {
        self.create_of(name, &zip(""));
    }

    fn create_of(&self, name: &str, zip: &str) {
        let made = json!({
            "FunctionName": name, "Runtime": "python3.11", "Handler": "index.handler",
            "Role": "arn:aws:iam::000000000000:role/any", "Code": { "ZipFile": zip },
            "Timeout": 30,
        });
        assert_eq!(self.ask("POST", "", &made).status, 201);
    }

    fn invoke(&self, qualified: &str) -> Value {
        let (name, qualifier) = qualified.split_once(':').unwrap_or((qualified, "$LATEST"));
        let path = format!("/{name}/invocations?Qualifier={qualifier}");
        self.ask("POST", &path, &json!({})).json()
    }
}

#[test]
fn code_that_calls_sent_is_restored_elsewhere() {
    let here = tempfile::tempdir().expect("a folder");
    platform::write(here.path(), &[HELLO]);
    let platform = TestPlatform::serve_folder(here.path());
    let lambda = Lambda(&platform);
    lambda.create("made");
    assert_eq!(lambda.ask("POST", "/made/versions", &json!({})).status, 201);
    let file = here.path().join("monday.db");
    let name = file.to_str().expect("UTF-8").to_owned();
    let said = platform.tidegate(&["backup", &name, "--output", "json"]).said();
    let beside = serde_json::from_str::<Value>(&said.out).expect("JSON")["beside"].take();
    drop(platform);

    let there = tempfile::tempdir().expect("a folder");
    platform::write(there.path(), &[HELLO]);
    let restored = program::run(there.path(), &["restore", &name]).said();
    assert_eq!(restored.exit, Some(0), "{}", restored.err);
    // The other server's code is not this one's, though it is on the same disk.
    let platform = TestPlatform::serve_folder(there.path());
    let trouble = platform.event("problem").to_string();
    assert!(trouble.contains("function `made`") && trouble.contains("does not exist"), "{trouble}");
    assert_eq!(platform.get("/").text(), "hello", "the rest is served");
    for qualified in ["made", "made:1"] {
        let answer = Lambda(&platform).invoke(qualified);
        let told = answer["errorMessage"].as_str().unwrap_or_default();
        assert!(told.contains("does not exist"), "{answer}");
    }
    drop(platform);

    for beside in beside.as_array().expect("a list") {
        let from = PathBuf::from(beside["path"].as_str().expect("a path"));
        copy(&from, &there.path().join(".tidegate").join(from.file_name().expect("a name")));
    }
    drop(here);
    let platform = TestPlatform::serve_folder(there.path());
    assert_eq!(Lambda(&platform).invoke("made"), "$LATEST");
    assert_eq!(Lambda(&platform).invoke("made:1"), "1");
}

#[test]
fn what_made_functions_log_is_shown() {
    let platform = TestPlatform::start(&[HELLO]);
    let lambda = Lambda(&platform);
    lambda.create_of("made", &packed("def handler(e, c):\n    print('made speaks')\n"));
    lambda.invoke("made");
    for arguments in [
        &["logs"][..],
        &["logs", "--since", "5m"],
        &["logs", "--function", "made"],
        &["logs", "--function", "made", "--since", "5m"],
    ] {
        let said = platform.tidegate(arguments).said();
        assert_eq!(said.exit, Some(0), "{arguments:?}: {said:?}");
        assert_eq!(said.out.matches("made  made speaks").count(), 1, "{arguments:?}: {said:?}");
    }
    assert_eq!(lambda.ask("DELETE", "/made", &json!({})).status, 204);
    let said = platform.tidegate(&["logs", "--function", "made"]).said();
    assert!(said.exit == Some(4) && said.err.contains("`made` does not exist"), "{said:?}");
}

/// As `cp -a`.
fn copy(from: &Path, to: &Path) {
    if to.is_dir() {
        std::fs::remove_dir_all(to).expect("removed");
    }
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.expect("cp runs").success());
}

#[test]
fn code_leaves_with_what_it_was_of() {
    let platform = TestPlatform::start(&[HELLO]);
    let lambda = Lambda(&platform);
    let kept = || {
        let count = |folder: &str| {
            let folder = platform.path(".tidegate").join(folder);
            std::fs::read_dir(folder).expect("a folder").count()
        };
        [count("code"), count("stage/zip")]
    };
    lambda.create("made");
    assert_eq!(lambda.ask("POST", "/made/versions", &json!({})).status, 201);
    for change in 1..=3 {
        let code = json!({ "ZipFile": zip(&change.to_string()) });
        assert_eq!(lambda.ask("PUT", "/made/code", &code).status, 200);
    }
    // The first version's is what was unpacked.
    until("what was replaced is gone", || kept() == [1, 2]);
    assert_eq!((lambda.invoke("made"), lambda.invoke("made:1")), (json!("$LATEST3"), json!("1")));
    assert_eq!(lambda.ask("DELETE", "/made?Qualifier=1", &json!({})).status, 204);
    until("so is the version", || kept() == [1, 1]);
    assert_eq!(lambda.ask("DELETE", "/made", &json!({})).status, 204);
    until("nothing is left", || kept() == [0, 0]);
}

#[test]
fn a_function_that_takes_its_time_to_start_delays_nobody_else() {
    let platform = TestPlatform::start(&[HELLO]);
    let lambda = Lambda(&platform);
    lambda.create("slow");
    assert_eq!(lambda.invoke("slow"), "$LATEST");
    let updated = lambda.ask("PUT", "/slow/code", &json!({ "ZipFile": packed(GATED) })).json();
    assert_eq!(updated["LastUpdateStatus"], "InProgress", "{updated}");
    assert_eq!(lambda.invoke("slow"), "$LATEST", "what was there serves");
    // Each of these changes something, and none may wait for the one that opens the gate.
    lambda.create("other");
    let variables = json!({ "Environment": { "Variables": { "SET": "1" } } });
    assert_eq!(lambda.ask("PUT", "/other/configuration", &variables).status, 200);
    assert_eq!(lambda.ask("DELETE", "/other", &json!({})).status, 204);
    platform.save("tidegate.yaml", &HELLO.1.replace("GET /:", "GET /other:"));
    platform.event("reload");
    let gate = json!({ "Name": "/gate", "Value": "open", "Type": "String" }).to_string();
    let target = [("x-amz-target", "AmazonSSM.PutParameter")];
    let opened = Connection::open(&platform.aws).request("POST", "/", &target, gate.as_bytes());
    assert_eq!(opened.status, 200, "{}", opened.text());
    until("the update has ended", || {
        let told = lambda.ask("GET", "/slow/configuration", &json!({})).json();
        told["LastUpdateStatus"] == "Successful"
    });
    assert_eq!(lambda.invoke("slow"), "new");
}

#[test]
fn every_invocation_of_what_cannot_start_says_why() {
    let platform = TestPlatform::start(&[HELLO]);
    let lambda = Lambda(&platform);
    lambda.create_of("broken", &packed("import nothere\n"));
    for _ in 0..5 {
        let answer = lambda.ask("POST", "/broken/invocations", &json!({}));
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("x-amz-function-error"), Some("Unhandled"));
        assert_eq!(answer.header("x-amz-executed-version"), Some("$LATEST"));
        assert_eq!(answer.json()["errorType"], "Runtime.ImportModuleError", "{}", answer.text());
    }
}

#[test]
fn a_function_knows_the_stream_that_it_logs_to() {
    let platform = TestPlatform::start(&[HELLO]);
    let lambda = Lambda(&platform);
    lambda.create_of("says", &packed("def handler(e, c):\n    return c.log_stream_name\n"));
    let asked = json!({
        "logGroupName": "/aws/lambda/says", "logStreamName": lambda.invoke("says"),
    });
    let target = [("x-amz-target", "Logs_20140328.GetLogEvents")];
    until("its stream has what it logged", || {
        let body = asked.to_string();
        let told = Connection::open(&platform.aws).request("POST", "/", &target, body.as_bytes());
        told.status == 200 && told.text().contains("START RequestId: ")
    });
}
