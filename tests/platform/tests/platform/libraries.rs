//! Libraries that AWS's runtimes bring along: functions import them and do not ship them.

use std::path::Path;

use serde_json::json;

use crate::TestPlatform;
use crate::platform::write;
use crate::program::{repository, run};

/// For servers that install such libraries from what `scripts/setup` downloaded, without a network.
pub(crate) fn offline() -> Vec<(&'static str, String)> {
    let tools = repository().join("target/tools");
    let (wheels, cache) = (tools.join("wheels"), tools.join("npm-cache"));
    assert!(wheels.is_dir() && cache.is_dir(), "libraries are missing: run scripts/setup");
    from(&wheels, &cache)
}

fn from(wheels: &Path, cache: &Path) -> Vec<(&'static str, String)> {
    let (wheels, cache) = (wheels.display().to_string(), cache.display().to_string());
    vec![
        ("PIP_NO_INDEX", "1".to_owned()),
        ("PIP_FIND_LINKS", wheels.clone()),
        ("UV_NO_INDEX", "1".to_owned()),
        ("UV_FIND_LINKS", wheels),
        ("npm_config_offline", "true".to_owned()),
        ("npm_config_cache", cache),
    ]
}

const MANIFEST: &str = "\
name: libraries
ssm:
  /greeting: hello
functions:
  python: { runtime: python3.11, code: python, handler: index.handler, timeout: 20s, memory: 256MB }
  common: { runtime: nodejs20.x, code: common, handler: index.handler, timeout: 20s, memory: 256MB }
  module: { runtime: nodejs20.x, code: module, handler: index.handler, timeout: 20s, memory: 256MB }
  own: { runtime: python3.11, code: own, handler: index.handler }
  without: { runtime: python3.11, code: without, handler: index.handler, runtime_libraries: false }
apis:
  main:
    routes:
      GET /python: python
      GET /common: common
      GET /module: module
      GET /own: own
      GET /without: without
";

const PYTHON: &str = "\
import boto3
def handler(event, context):
    stored = boto3.client('ssm').get_parameter(Name='/greeting')
    return {'value': stored['Parameter']['Value'], 'place': boto3.__file__}
";

const COMMON: &str = "\
const { SSMClient, GetParameterCommand } = require('@aws-sdk/client-ssm');
exports.handler = async () => {
  const stored = await new SSMClient().send(new GetParameterCommand({ Name: '/greeting' }));
  return { value: stored.Parameter.Value, place: require.resolve('@aws-sdk/client-ssm') };
};
";

const MODULE: &str = "\
import { SSMClient, GetParameterCommand } from '@aws-sdk/client-ssm';
export const handler = async () => {
  const stored = await new SSMClient().send(new GetParameterCommand({ Name: '/greeting' }));
  return { value: stored.Parameter.Value };
};
";

const OPTIONAL: &str = "\
try:
    import boto3
except ImportError:
    boto3 = None
def handler(event, context):
    return {'has': boto3 is not None}
";

#[test]
fn functions_import_what_awss_runtimes_bring() {
    let (folder, state) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("one"));
    let own = "import boto3\ndef handler(event, context):\n    return {'own': boto3.OWN}\n";
    let files = [
        ("tidegate.yaml", MANIFEST),
        ("python/index.py", PYTHON),
        ("common/index.js", COMMON),
        ("module/index.mjs", MODULE),
        ("own/index.py", own),
        ("own/boto3.py", "OWN = True"),
        ("without/index.py", OPTIONAL),
    ];
    write(folder.path(), &files);
    let platform = TestPlatform::serve_source(folder.path(), state.path(), &[], &offline());
    let python = platform.get("/python").json();
    assert_eq!(python, json!({ "value": "hello", "place": "/var/lang/boto3/__init__.py" }));
    let common = platform.get("/common").json();
    assert_eq!(common["value"], "hello", "{common}");
    let place = common["place"].as_str().expect("a path");
    assert!(place.starts_with("/var/lang/node_modules/@aws-sdk/client-ssm/"), "{place}");
    assert_eq!(platform.get("/module").json(), json!({ "value": "hello" }));
    assert_eq!(platform.get("/own").json(), json!({ "own": true }));
    assert_eq!(platform.get("/without").json(), json!({ "has": false }));
    // One for Python, and one that both functions for Node share.
    let installed = std::fs::read_dir(state.path().join("build/libraries")).expect("a folder");
    assert_eq!(installed.count(), 2);
    drop(platform);
    // What is there is not installed again.
    let nowhere = tempfile::tempdir().expect("a folder");
    let nothing = from(nowhere.path(), nowhere.path());
    let platform = TestPlatform::serve_source(folder.path(), state.path(), &[], &nothing);
    assert_eq!(platform.get("/python").json()["value"], "hello");
}

#[test]
fn what_cannot_be_installed_is_named_with_the_way_out() {
    let (folder, nowhere) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("one"));
    let manifest = "name: libraries\nfunctions:\n  f: { runtime: python3.11, code: f, handler: index.handler }\n";
    write(
        folder.path(),
        &[("tidegate.yaml", manifest), ("f/index.py", "import os\nimport boto3\n")],
    );
    let ports = ["up", ".", "--port", "0", "--admin-port", "0", "--aws-port", "0"];
    let mut command = run(folder.path(), &ports);
    for (name, value) in from(nowhere.path(), nowhere.path()) {
        command = command.env(name, &value);
    }
    let said = command.said();
    assert_ne!(said.exit, Some(0));
    for part in [
        "function `f`: `index.py:2` imports `boto3`, which AWS's runtimes bring along",
        "start it once while the package index can be reached, or ship `boto3` with the code",
    ] {
        assert!(said.err.contains(part), "no `{part}` in\n{}", said.err);
    }
}
