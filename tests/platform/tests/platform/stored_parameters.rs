//! Stored parameters, and what is set about functions, that a manifest declares: what AWS's clients see
//! of them, and that nobody else sees secrets.

use serde_json::{Value, json};

use crate::TestPlatform;
use crate::http::{Answer, Connection};

const STACK: &str = "\
name: kept
sandbox: best-effort
functions:
  work:
    runtime: python3.11
    code: work
    handler: index.handler
    reserved_concurrency: 3
    async: { retries: 1 }
ssm:
  /shop/url: https://one.example
  /shop/hosts: { type: StringList, value: [a, b], description: Where it runs }
  /shop/password: { type: SecureString, value: \"${env:SHOP_PASSWORD}\" }
  /shop/token: { type: SecureString, value_file: token.txt }
";

const FILES: [(&str, &str); 3] = [
    ("tidegate.yaml", STACK),
    ("token.txt", "t0ken-from-a-file\n"),
    ("work/index.py", "def handler(event, context):\n    return event\n"),
];

fn start() -> TestPlatform {
    TestPlatform::start_with_variable(&FILES, &[], ("SHOP_PASSWORD", "pass-from-outside"))
}

fn aws(
    platform: &TestPlatform,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    Connection::open(&platform.aws).request(method, target, headers, body)
}

fn ssm(platform: &TestPlatform, action: &str, input: &Value) -> Answer {
    let target = format!("AmazonSSM.{action}");
    aws(platform, "POST", "/", &[("x-amz-target", &target)], input.to_string().as_bytes())
}

/// Value and version.
fn parameter(platform: &TestPlatform, name: &str) -> (String, u64) {
    let asked = json!({ "Name": name, "WithDecryption": true });
    let told = ssm(platform, "GetParameter", &asked).json();
    let parameter = &told["Parameter"];
    let value = parameter["Value"].as_str().unwrap_or_else(|| panic!("{name}: {told}"));
    (value.to_owned(), parameter["Version"].as_u64().expect("a version"))
}

#[test]
fn declared_parameters_are_there_and_get_versions() {
    let platform = start();
    let is = |name: &str, value: &str, version| {
        assert_eq!(parameter(&platform, name), (value.to_owned(), version));
    };
    is("/shop/url", "https://one.example", 1);
    is("/shop/hosts", "a,b", 1);
    is("/shop/password", "pass-from-outside", 1);
    is("/shop/token", "t0ken-from-a-file", 1);
    let store = std::fs::read(platform.path(".tidegate/store.db")).expect("the store");
    let log = std::fs::read(platform.path(".tidegate/store.db-wal")).unwrap_or_default();
    for secret in ["pass-from-outside", "t0ken-from-a-file"] {
        let is_there = |bytes: &[u8]| bytes.windows(secret.len()).any(|it| it == secret.as_bytes());
        assert!(!is_there(&store) && !is_there(&log), "secrets are sealed before they are kept");
    }

    platform.save("tidegate.yaml", &STACK.replace("one.example", "two.example"));
    platform.event("reload");
    is("/shop/url", "https://two.example", 2);
    is("/shop/password", "pass-from-outside", 1);
    platform.save("tidegate.yaml", &STACK.replace("  /shop/url: https://one.example\n", ""));
    platform.event("reload");
    let gone = ssm(&platform, "GetParameter", &json!({ "Name": "/shop/url" }));
    assert_eq!(gone.status, 400, "{}", gone.text());
}

#[test]
fn what_an_api_changes_of_them_is_drift_that_shows_no_secret() {
    let platform = start();
    let put = json!({ "Name": "/shop/password", "Value": "changed-by-hand", "Overwrite": true });
    assert_eq!(ssm(&platform, "PutParameter", &put).status, 200);
    let concurrency = "/2017-10-31/functions/work/concurrency";
    let reserved =
        aws(&platform, "PUT", concurrency, &[], br#"{"ReservedConcurrentExecutions": 5}"#);
    assert_eq!(reserved.status, 200, "{}", reserved.text());
    let asynchronous = "/2019-09-25/functions/work/event-invoke-config";
    let set = aws(&platform, "PUT", asynchronous, &[], br#"{"MaximumRetryAttempts": 0}"#);
    assert_eq!(set.status, 200, "{}", set.text());

    let checked = platform.tidegate(&["check"]).env("SHOP_PASSWORD", "pass-from-outside").said();
    for line in [
        "~ parameter /shop/password (changed through an API)",
        "~ reserved concurrency work (changed through an API)",
        "    invocations: 5 -> 3",
        "~ event invoke config work:$LATEST (changed through an API)",
        "    retries: 0 -> 1",
    ] {
        assert!(checked.out.lines().any(|one| one == line), "{line}\n{}", checked.out);
    }
    let told = format!("{}{}", checked.out, checked.err);
    assert!(!told.contains("changed-by-hand") && !told.contains("pass-from-outside"), "{told}");

    platform.admin("POST", "/reload");
    assert_eq!(parameter(&platform, "/shop/password"), ("pass-from-outside".to_owned(), 3));
    let told = aws(&platform, "GET", "/2019-09-30/functions/work/concurrency", &[], b"").json();
    assert_eq!(told["ReservedConcurrentExecutions"], 3);
    let audit = platform.tidegate(&["audit"]).said().out;
    assert!(!audit.contains("changed-by-hand") && !audit.contains("pass-from-outside"), "{audit}");
}
