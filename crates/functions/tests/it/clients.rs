//! AWS's own runtime clients, unmodified. `scripts/setup` installs them.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::platform::{TestPlatform, function};

fn tools() -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools");
    assert!(tools.exists(), "run `scripts/setup` first: it installs AWS's runtime clients");
    tools
}

async fn check(start: &str, file: &str, code: &str) {
    let platform = TestPlatform::new();
    let folder = platform.code(&[("bootstrap", &format!("#!/bin/sh\n{start}\n")), (file, code)]);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.join("bootstrap"), executable).expect("permissions");
    let mut function = function("provided.al2023", &folder);
    function.concurrency = 1;
    platform.install(&[function]).await;
    for number in 0..5 {
        assert_eq!(platform.ok(&number.to_string()).await, json!({ "got": number }));
    }
    let (_, document) = platform.error("\"fail\"").await;
    assert_eq!(document["errorMessage"], "not today");
    assert_eq!(platform.ok("6").await, json!({ "got": 6 }));
    assert_eq!(platform.metric("faas_coldstarts_total"), 1);
    platform.functions.drain(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn awslambdaric() {
    let start =
        format!("exec {}/python/bin/python -m awslambdaric index.handler", tools().display());
    let code = "def handler(event, context):\n  if event == 'fail': raise ValueError('not today')\n  \
                return {'got': event}";
    check(&start, "index.py", code).await;
}

#[tokio::test]
async fn aws_lambda_ric() {
    let tools = tools();
    let start = format!(
        "exec node {}/node/node_modules/.bin/aws-lambda-ric index.handler",
        tools.display()
    );
    let code = "exports.handler = async (event) => {\n  if (event === 'fail') throw new Error('not today');\n  \
                return { got: event };\n};";
    check(&start, "index.js", code).await;
}
