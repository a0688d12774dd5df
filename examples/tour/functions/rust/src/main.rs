//! The smallest function in Rust: a program that asks for events and answers them.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(greet)).await
}

/// The event's payload is the request, its context the invocation: its id, its deadline, the
/// function. Printed text becomes a log line.
async fn greet(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let name = event.payload["pathParameters"]["name"].as_str().unwrap_or("world");
    println!("greeting {name}");
    let body = json!({
        "message": format!("{}, {name}!", std::env::var("GREETING")?),
        "from": event.context.env_config.function_name,
        "request_id": event.context.request_id,
    });
    Ok(json!({
        "statusCode": 200,
        "headers": { "content-type": "application/json" },
        "body": body.to_string(),
    }))
}
