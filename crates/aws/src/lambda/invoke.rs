//! `Invoke`: run a function and wait for its answer, or accept an event that it will be run for.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use model::invoke::{LogCapture, Outcome};
use model::{Bound, Invocation, InvokeRefusal, Reply};
use wire::Body;

use functions::{AcceptError, Whole};

use super::named::{self, Named};
use super::problem::{invalid, no_function, unsupported};
use crate::action::RawAction;
use crate::call::Call;
use crate::constraint;
use crate::error::AwsError;
use crate::protocol::{Node, Route};

/// Lambda's bound on the event of a synchronous invocation.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub(super) const MAX_PAYLOAD: usize = 6_291_456;

/// Of the client context, as it stands in the header.
const MAX_CONTEXT: usize = 3_583;

/// Of functions that keep tenants apart, and of durable ones.
const UNSUPPORTED: [&str; 2] = ["X-Amz-Tenant-Id", "X-Amz-Durable-Execution-Name"];

pub(super) struct Invoke;

impl RawAction for Invoke {
    const NAME: &'static str = "Invoke";
    const ROUTE: Route = Route::new("POST", "/2015-03-31/functions/{FunctionName}/invocations");

    async fn run(path: &Node, event: Bytes, call: &Call<'_>) -> Result<Response<Body>, AwsError> {
        let name = path.text("FunctionName").unwrap_or_default();
        let named = named::find(call, name, path.text("Qualifier"))?;
        let (kind, log) = (kind(&call.head.headers)?, log(&call.head.headers)?);
        if event.len() > MAX_PAYLOAD {
            return Err(event_too_large());
        }
        let mut invocation = invocation(call, named, json(event)?)?;
        match kind {
            Kind::RequestResponse => {
                invocation.log = log;
                Ok(answer(functions::whole(run(call, invocation).await?).await))
            }
            Kind::Event => {
                accept(call, invocation).await?;
                Ok(empty(StatusCode::ACCEPTED))
            }
            Kind::DryRun => Ok(empty(StatusCode::NO_CONTENT)),
        }
    }
}

/// One that cannot start fails with the same error until it is tried again.
pub(super) async fn run(call: &Call<'_>, invocation: Invocation) -> Result<Reply, AwsError> {
    match call.backing.invoke.invoke(invocation).await {
        Ok(reply) => Ok(reply),
        Err(InvokeRefusal::BackingOff { version, error, .. }) => {
            Ok(Reply { outcome: Outcome::Error(error), version, log_tail: None })
        }
        Err(refusal) => Err(refused(call, &refusal)),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    RequestResponse,
    /// Asynchronous.
    Event,
    DryRun,
}

pub(super) fn invocation(
    call: &Call<'_>,
    named: Named,
    event: Bytes,
) -> Result<Invocation, AwsError> {
    let asked = UNSUPPORTED.iter().find(|header| call.head.headers.contains_key(**header));
    if let Some(header) = asked {
        return Err(unsupported(header));
    }
    Ok(Invocation {
        qualifier: named.qualifier(),
        function: named.function,
        request_id: call.request_id.clone(),
        event,
        trace: call.trace(),
        log: LogCapture::None,
        client: client(&call.head.headers)?,
    })
}

/// Once this is `Ok`, the event is durable.
pub(super) async fn accept(call: &Call<'_>, invocation: Invocation) -> Result<(), AwsError> {
    let size = invocation.event.len();
    match call.backing.asynchronous.accept(invocation).await {
        Ok(()) => Ok(()),
        Err(AcceptError::Refused(InvokeRefusal::EventTooLarge { limit, .. })) => {
            Err(AwsError::user(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestTooLargeException",
                format!(
                    "{size} byte payload is too large for the Event invocation type (limit \
                     {limit} bytes)"
                ),
            ))
        }
        Err(AcceptError::Refused(refusal)) => Err(refused(call, &refusal)),
        Err(AcceptError::Store(error)) => {
            Err(AwsError::service("ServiceException", error.to_string()))
        }
    }
}

pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

pub(super) fn kind(headers: &HeaderMap) -> Result<Kind, AwsError> {
    match headers.get("x-amz-invocation-type").map(HeaderValue::as_bytes) {
        None | Some(b"RequestResponse") => Ok(Kind::RequestResponse),
        Some(b"Event") => Ok(Kind::Event),
        Some(b"DryRun") => Ok(Kind::DryRun),
        Some(other) => {
            let all = "[Event, RequestResponse, DryRun]";
            Err(constraint::not_in(other.escape_ascii(), "invocationType", all))
        }
    }
}

/// What the caller tells about itself: base64 of JSON in the header, JSON on one line for functions.
fn client(headers: &HeaderMap) -> Result<Option<Bytes>, AwsError> {
    let Some(header) = headers.get("x-amz-client-context") else { return Ok(None) };
    if header.len() > MAX_CONTEXT {
        return Err(invalid(format!("the client context is over {MAX_CONTEXT} bytes")));
    }
    let refused = || {
        AwsError::bad(
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
        )
    };
    let json = BASE64_STANDARD.decode(header.as_bytes()).map_err(|_| refused())?;
    let json: serde_json::Value = serde_json::from_slice(&json).map_err(|_| refused())?;
    if !json.is_object() {
        return Err(refused());
    }
    Ok(Some(json.to_string().into()))
}

pub(super) fn log(headers: &HeaderMap) -> Result<LogCapture, AwsError> {
    match headers.get("x-amz-log-type").map(HeaderValue::as_bytes) {
        None | Some(b"None") => Ok(LogCapture::None),
        Some(b"Tail") => Ok(LogCapture::Tail),
        Some(other) => Err(constraint::not_in(other.escape_ascii(), "logType", "[None, Tail]")),
    }
}

/// An empty body is an empty event, as Lambda has it.
pub(super) fn json(event: Bytes) -> Result<Bytes, AwsError> {
    if event.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(&event) {
        Ok(_) => Ok(event),
        Err(error) => Err(AwsError::user(
            StatusCode::BAD_REQUEST,
            "InvalidRequestContentException",
            format!("Could not parse request body into json: {error}"),
        )),
    }
}

/// Of a streaming function, too, all at its end.
fn answer(whole: Whole) -> Response<Body> {
    let version = HeaderValue::try_from(whole.version.to_string()).expect("a version is ASCII");
    let mut response = Response::new(Body::full(whole.payload));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-amz-executed-version", version);
    if whole.is_error {
        headers.insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    }
    if let Some(tail) = whole.log_tail {
        let tail = HeaderValue::try_from(BASE64_STANDARD.encode(tail)).expect("base64 is ASCII");
        headers.insert("x-amz-log-result", tail);
    }
    response
}

fn refused(call: &Call<'_>, refusal: &InvokeRefusal) -> AwsError {
    let account = &call.backing.account;
    match refusal {
        InvokeRefusal::NotFound(function) => no_function(account, function),
        InvokeRefusal::NoSuchVersion { function, qualifier } => {
            no_function(account, format!("{function}:{qualifier}"))
        }
        InvokeRefusal::Throttled { bound, retry_after, .. } => AwsError::user(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            format!("Rate Exceeded: {refusal}"),
        )
        .with_member("Reason", reason(*bound))
        .retry_after(*retry_after),
        InvokeRefusal::BackingOff { retry_after, .. } => {
            AwsError::service("ServiceException", refusal.to_string()).retry_after(*retry_after)
        }
        InvokeRefusal::EventTooLarge { .. } => event_too_large(),
        InvokeRefusal::Stopping => AwsError::service("ServiceException", refusal.to_string())
            .with_status(StatusCode::SERVICE_UNAVAILABLE),
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors>
fn reason(bound: Bound) -> &'static str {
    match bound {
        Bound::Function => "ReservedFunctionConcurrentInvocationLimitExceeded",
        Bound::Account => "ConcurrentInvocationLimitExceeded",
    }
}

pub(super) fn not_found(arn: &str) -> AwsError {
    let message = format!("Function not found: {arn}");
    AwsError::user(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

/// Whatever the request's bound is and the action is called: the event has a bound of its own.
pub(super) fn too_large(_: u64, _: &str) -> AwsError {
    event_too_large()
}

pub(super) fn event_too_large() -> AwsError {
    AwsError::user(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestTooLargeException",
        format!(
            "Request must be smaller than {MAX_PAYLOAD} bytes for the InvokeFunction operation"
        ),
    )
}
