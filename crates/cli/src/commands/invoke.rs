//! `tidegate invoke`: run a function of the running server, as any AWS client would.

use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::arguments::{Output, Server};
use crate::exit::{Exit, Failure};
use crate::locate::Located;
use crate::{client, locate, output};

/// Run a function of the running server with an event
///
/// Prints the function's answer on standard output and the end of its log on standard error.
/// Exits with 3 if the function reported an error, with 4 if there is no such function.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate invoke hello
  tidegate invoke hello --event '{\"name\": \"Ada\"}'
  tidegate invoke hello --event events/first.json
  jq -n '{name: \"Ada\"}' | tidegate invoke hello --event -")]
pub(crate) struct Invoke {
    function: String,
    /// A file, inline JSON, or - for standard input
    #[arg(long, short, value_name = "FILE|JSON|-", default_value = "{}")]
    event: String,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

/// What the server said.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    payload: Bytes,
}

pub(crate) fn run(command: &Invoke) -> Result<Exit, Failure> {
    let event = event(&command.event)?;
    let aws = aws_url(locate::server(&command.server)?)?;
    let answer = client::block_on(call(&aws, &command.function, event))?;
    if !answer.status.is_success() {
        return Err(refusal(&answer));
    }
    let failed = answer.headers.contains_key("x-amz-function-error");
    let log = log_tail(&answer.headers);
    if command.output.is_json() {
        output::json(&in_full(&answer, failed, &log))?;
    } else {
        eprint!("{log}");
        output::write(&answer.payload)?;
        output::write(b"\n")?;
    }
    Ok(if failed { Exit::FunctionError } else { Exit::Done })
}

/// JSON starts with a mark no file name does; everything else is a file.
fn event(wanted: &str) -> Result<Bytes, Failure> {
    if wanted == "-" {
        let mut text = Vec::new();
        std::io::stdin().lock().read_to_end(&mut text)?;
        return Ok(text.into());
    }
    if serde_json::from_str::<serde::de::IgnoredAny>(wanted).is_ok() {
        return Ok(wanted.to_owned().into());
    }
    if wanted.starts_with(['{', '[', '"']) {
        return Err(Failure::usage("--event is not valid JSON"));
    }
    match std::fs::read(wanted) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(Failure::usage(format!("--event {wanted}: {error}"))
            .help("give a file, inline JSON, or - for standard input")),
    }
}

pub(crate) fn aws_url(server: Located) -> Result<String, Failure> {
    let admin = match server {
        Located::Everything(addresses) => return Ok(addresses.aws),
        Located::Admin(admin) => admin,
    };
    let addresses = client::get_json(&admin, "/addresses")?;
    let aws = addresses["aws"].as_str().map(str::to_owned);
    aws.ok_or_else(|| Failure::failed(format!("{admin} does not answer as a tidegate admin port")))
}

async fn call(aws: &str, function: &str, event: Bytes) -> Result<Answer, Failure> {
    let uri = format!("{aws}/2015-03-31/functions/{function}/invocations");
    let request = Request::post(&uri)
        .header("x-amz-log-type", "Tail")
        .header("content-type", "application/json")
        .body(Full::new(event))
        .map_err(|_| Failure::usage(format!("`{function}` is not a function name")))?;
    let response = client::send(request).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer { status, headers, payload: client::whole(response).await? })
}

fn refusal(answer: &Answer) -> Failure {
    let body: Value = serde_json::from_slice(&answer.payload).unwrap_or_default();
    let message = body["message"].as_str().or(body["Message"].as_str());
    let text =
        message.map_or_else(|| format!("the server answered {}", answer.status), str::to_owned);
    match answer.status {
        StatusCode::NOT_FOUND => Failure::new(Exit::NotFound, text)
            .help("`tidegate check` lists the functions of the stack"),
        StatusCode::BAD_REQUEST => Failure::usage(text),
        _ => Failure::failed(text),
    }
}

fn log_tail(headers: &HeaderMap) -> String {
    let tail = headers.get("x-amz-log-result").and_then(|tail| BASE64_STANDARD.decode(tail).ok());
    let mut tail = tail.map(|tail| String::from_utf8_lossy(&tail).into_owned()).unwrap_or_default();
    if !tail.is_empty() && !tail.ends_with('\n') {
        tail.push('\n');
    }
    tail
}

fn in_full(answer: &Answer, failed: bool, log: &str) -> Value {
    let text = String::from_utf8_lossy(&answer.payload);
    let payload = serde_json::from_slice(&answer.payload).unwrap_or_else(|_| Value::from(&*text));
    let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
    json!({
        "payload": payload,
        "functionError": failed.then(|| header("x-amz-function-error")),
        "requestId": header("x-amzn-requestid"),
        "log": log,
    })
}
