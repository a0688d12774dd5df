//! Asks the running server, over HTTP/1.1, one request a connection.

use std::sync::OnceLock;

use http::header::AUTHORIZATION;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::exit::{Exit, Failure};

/// Runs one conversation to its end on the calling thread.
pub(crate) fn block_on<T>(
    conversation: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(conversation)
}

/// Sends `request`, whose URI is absolute, and gives the answer's head with its body still coming.
pub(crate) async fn send(request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failure> {
    let uri = request.uri().clone();
    let unreachable = |error: &dyn std::fmt::Display| {
        Failure::failed(format!("cannot reach the server at {uri}: {error}"))
            .help("is it running? `tidegate up` starts one, `tidegate login --list` shows which one is meant")
    };
    let (host, port) = (uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(80));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, port)).await.map_err(|e| unreachable(&e))?;
    let io = TokioIo::new(stream);
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(io).await.map_err(|e| unreachable(&e))?;
    // It ends with the answer's body, or with the runtime.
    tokio::spawn(connection);
    let request = with_host(request)?;
    sender.send_request(request).await.map_err(|e| unreachable(&e))
}

/// The token of the server that this command talks to.
static TOKEN: OnceLock<String> = OnceLock::new();

/// Every request from now on shows this token, unless the environment has another.
pub(crate) fn show_token(token: &str) {
    // Only the first counts.
    let _ = TOKEN.set(token.to_owned());
}

/// As [`show_token`], whatever the environment has.
pub(crate) fn show_only(token: &str) {
    let _ = ONLY.set(token.to_owned());
}

static ONLY: OnceLock<String> = OnceLock::new();

/// `TIDEGATE_TOKEN`.
pub(crate) fn token_of_environment() -> Option<String> {
    std::env::vars().find(|(name, _)| name == "TIDEGATE_TOKEN").map(|(_, token)| token)
}

/// What was chosen, else the environment's, else what was found where the server keeps it.
fn token() -> Option<String> {
    let chosen = ONLY.get().cloned();
    chosen.or_else(token_of_environment).or_else(|| TOKEN.get().cloned())
}

/// A request in origin form with its `Host`, and the token if there is one.
fn with_host(mut request: Request<Full<Bytes>>) -> Result<Request<Full<Bytes>>, Failure> {
    // Who signed a call has said who calls.
    if let Some(token) = token().filter(|_| !request.headers().contains_key(AUTHORIZATION)) {
        let shown = format!("Bearer {token}").parse();
        let shown = shown.map_err(|_| Failure::usage("the token is not one"))?;
        request.headers_mut().insert(AUTHORIZATION, shown);
    }
    let wrong = |error: &dyn std::fmt::Display| Failure::usage(format!("not a URL: {error}"));
    let authority = request.uri().authority().map(|a| a.to_string()).unwrap_or_default();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    *request.uri_mut() = path.parse::<Uri>().map_err(|e| wrong(&e))?;
    let host = authority.parse().map_err(|e| wrong(&e))?;
    request.headers_mut().insert(http::header::HOST, host);
    Ok(request)
}

pub(crate) fn get(base: &str, path: &str) -> Result<Request<Full<Bytes>>, Failure> {
    Request::get(format!("{base}{path}"))
        .body(Full::default())
        .map_err(|error| Failure::usage(format!("{base} is not a URL: {error}")))
}

/// The whole body of an answer.
pub(crate) async fn whole(response: Response<Incoming>) -> Result<Bytes, Failure> {
    let body = response.into_body().collect().await;
    Ok(body.map_err(|error| Failure::failed(format!("the answer broke off: {error}")))?.to_bytes())
}

/// A part of a path or a value of a query, with everything encoded that could end it.
pub(crate) fn encoded(value: &str) -> String {
    /// Dots belong to names, and end nothing.
    const NAME: percent_encoding::AsciiSet =
        NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    utf8_percent_encode(value, &NAME).to_string()
}

/// Has the admin port do something and reads the answer as JSON.
pub(crate) fn ask(
    base: &str,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, Failure> {
    let mut request = get(base, path)?;
    *request.method_mut() = method;
    if let Some(body) = body {
        *request.body_mut() = Full::from(body.to_string());
    }
    json(base, request)
}

/// Asks the admin port and reads the answer as JSON.
pub(crate) fn get_json(base: &str, path: &str) -> Result<Value, Failure> {
    json(base, get(base, path)?)
}

/// Asks the admin port for something that is not JSON.
pub(crate) fn get_bytes(base: &str, path: &str) -> Result<Vec<u8>, Failure> {
    let request = get(base, path)?;
    block_on(async {
        let response = send(request).await?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        Ok(whole(response).await?.to_vec())
    })
}

/// As [`get_json`], for what changes something.
pub(crate) fn put_json(base: &str, path: &str) -> Result<Value, Failure> {
    let mut request = get(base, path)?;
    *request.method_mut() = Method::PUT;
    json(base, request)
}

pub(crate) fn json(base: &str, request: Request<Full<Bytes>>) -> Result<Value, Failure> {
    block_on(async {
        let response = send(request).await?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let body = whole(response).await?;
        serde_json::from_slice(&body)
            .map_err(|_| Failure::failed(format!("{base} does not answer as an admin port")))
    })
}

/// What the server's refusal says: the `detail` of its problem document.
pub(crate) async fn refusal(response: Response<Incoming>) -> Failure {
    let status = response.status();
    let exit = match status {
        StatusCode::NOT_FOUND => Exit::NotFound,
        StatusCode::BAD_REQUEST => Exit::Usage,
        _ => Exit::Failed,
    };
    let body = whole(response).await.unwrap_or_default();
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    let detail = value["detail"].as_str().map(str::to_owned);
    Failure::new(exit, detail.unwrap_or_else(|| format!("the server answered {status}")))
}
