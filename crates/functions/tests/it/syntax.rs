//! Code that its language cannot read is told of before anybody asks for it.

use functions::Problem;

use crate::platform::{TestPlatform, function, name};

/// What is said of a function that begins in `handler` and has these files.
async fn check(runtime: &str, handler: &str, files: &[(&str, &str)], expected: &[&str]) {
    let platform = TestPlatform::new();
    let mut function = function(runtime, &platform.code(files));
    function.handler = handler.to_owned();
    let installed = platform.install(&[function]).await;
    assert!(installed.failed.is_empty(), "{:?}", installed.failed);
    let found = platform.functions.check_syntax().await;
    assert!(found.iter().all(|problem| problem.function == name("f")), "{found:?}");
    let reasons: Vec<&str> = found.iter().map(|Problem { reason, .. }| &**reason).collect();
    let fits = |(reason, expected): (&&str, &&str)| {
        reason.starts_with(expected) && reason.ends_with("requests fail until that is corrected")
    };
    let all_fit = reasons.iter().zip(expected).all(fits);
    assert!(reasons.len() == expected.len() && all_fit, "{files:?}: {reasons:?}");
}

const GOOD: &str = "def handler(event, context):\n    return 1\n";
const BAD: &str = "import os\ndef handler(event, context)\n    return 1\n";

#[tokio::test]
async fn python_that_does_not_compile_is_named_with_its_line() {
    let check = async |handler: &str, files: &[(&str, &str)], expected: &[&str]| {
        check("python3.11", handler, files, expected).await;
    };
    check("index.handler", &[("index.py", GOOD)], &[]).await;
    check("index.handler", &[("index.py", BAD)], &["index.py:2: SyntaxError: "]).await;
    check("src/app.handler", &[("src/app.py", BAD)], &["src/app.py:2: SyntaxError: "]).await;
    // Only what would be loaded counts, and nothing is run.
    let lazy = "raise SystemExit('run')\nfrom . import other\nimport lib.deep\n";
    let all =
        [("index.py", lazy), ("other.py", BAD), ("lib/deep.py", "x = 'open\n"), ("no.py", BAD)];
    let expected = ["lib/deep.py:1: SyntaxError: ", "other.py:2: SyntaxError: "];
    check("index.handler", &all, &expected).await;
    check(
        "index.handler",
        &[("index.py", "def handler(e, c):\n\tx = 1\n        y = 2\n")],
        &["index.py:3: TabError: "],
    )
    .await;
}

#[tokio::test]
async fn javascript_that_does_not_parse_is_named_with_its_line() {
    let check = async |files: &[(&str, &str)], expected: &[&str]| {
        check("nodejs20.x", "index.handler", files, expected).await;
    };
    let module = "import './other.mjs';\nexport const handler = async () => await 1;\n";
    check(&[("index.mjs", module), ("other.mjs", "process.exit(1)")], &[]).await;
    check(&[("index.mjs", "export const x = ;")], &["index.mjs:1: SyntaxError: "]).await;
    check(
        &[("index.js", "exports.handler = async () => {\n  return 1 +;\n}")],
        &["index.js:2: SyntaxError: "],
    )
    .await;
    let common = "#!/usr/bin/env node\nconst lib = require('./lib');\nreturn;\n";
    check(
        &[("index.js", common), ("lib/index.js", "\n\nlet let = 1;")],
        &["lib/index.js:3: SyntaxError: "],
    )
    .await;
    let typed = ("package.json", "{\"type\": \"module\"}");
    check(&[typed, ("index.js", module), ("other.mjs", "")], &[]).await;
}
