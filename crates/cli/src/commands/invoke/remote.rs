//! Has the running server run a function, through its AWS port.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use model::{Account, Clock, SystemClock};
use serde_json::Value;

use super::Answered;
use super::sign::{AccessKey, sign};
use crate::client;
use crate::exit::{Exit, Failure};

/// What the server said.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    payload: Bytes,
}

pub(crate) fn invoke(aws: &str, function: &str, event: Bytes) -> Result<Answered, Failure> {
    let answer = client::block_on(call(aws, function, event))?;
    if !answer.status.is_success() {
        return Err(refusal(&answer));
    }
    let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
    Ok(Answered {
        failed: header("x-amz-function-error").is_some(),
        request_id: header("x-amzn-requestid").map(str::to_owned),
        log: log_tail(&answer.headers),
        payload: answer.payload.to_vec(),
    })
}

async fn call(aws: &str, function: &str, event: Bytes) -> Result<Answer, Failure> {
    let uri = format!("{aws}/2015-03-31/functions/{}/invocations", client::encoded(function));
    let mut request = Request::post(&uri)
        .header("x-amz-log-type", "Tail")
        .header("content-type", "application/json")
        .body(Full::new(event.clone()))
        .map_err(|error| Failure::usage(format!("{aws} is not a URL: {error}")))?;
    if let Some(key) = AccessKey::of_environment() {
        // The server's, whichever the shell has for AWS.
        let region = Account::default().region;
        sign(&mut request, &event, &key, &region, SystemClock::start().timestamp())?;
    }
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
        StatusCode::FORBIDDEN => Failure::failed(text).help(
            "this server answers signed calls only: put one of its access keys into \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run the function here with --local",
        ),
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
