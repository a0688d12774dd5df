//! The function behind `GET /`: a page to enter schedules and see common gaps.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

const PAGE: &str = include_str!("../../page/index.html");

/// Everything is in the page: nothing may be loaded from, or sent, elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(|_: LambdaEvent<Value>| async {
        Ok::<_, Error>(json!({
            "statusCode": 200,
            "headers": {
                "content-type": "text/html; charset=utf-8",
                "content-security-policy": POLICY,
                "cache-control": "no-cache",
                "x-content-type-options": "nosniff",
                "referrer-policy": "no-referrer",
            },
            "body": PAGE,
        }))
    }))
    .await
}
