//! `Invoke`: run a function and wait for its answer.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use model::invoke::{LogCapture, Outcome};
use model::{FunctionName, Invocation, InvokeRefusal, Qualifier, Reply, ReplyStream};
use wire::Body;

use super::function_name::{self, Named};
use crate::action::RawAction;
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::{Node, Route};

/// Lambda's bound on the payload of a synchronous invocation, both ways.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_PAYLOAD: usize = 6_291_456;

const LATEST: &str = "$LATEST";

pub(super) struct Invoke;

impl RawAction for Invoke {
    const NAME: &'static str = "Invoke";
    const ROUTE: Route = Route::new("POST", "/2015-03-31/functions/{FunctionName}/invocations");

    async fn run(path: &Node, event: Bytes, call: &Call<'_>) -> Result<Response<Body>, AwsError> {
        let name = path.text("FunctionName").unwrap_or_default();
        let wanted = Request::read(name, path.text("Qualifier"), &call.head.headers)?;
        if !call.backing.catalogue.has_function(&wanted.function) {
            return Err(not_found(&function_name::arn(wanted.function.as_str())));
        }
        if event.len() > MAX_PAYLOAD {
            return Err(too_large());
        }
        wanted.run(event, call).await
    }
}

/// An invocation that was understood, but not yet run.
#[derive(Debug)]
struct Request {
    function: FunctionName,
    kind: Kind,
    log: LogCapture,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    RequestResponse,
    DryRun,
}

impl Request {
    fn read(name: &str, in_query: Option<&str>, headers: &HeaderMap) -> Result<Self, AwsError> {
        let Named { function, qualifier } = function_name::parse(name).ok_or_else(|| {
            invalid(format!("`{name}` is neither a function name nor a function ARN"))
        })?;
        let qualifier = in_query.map(str::to_owned).or(qualifier);
        if let Some(qualifier) = qualifier.filter(|q| q != LATEST) {
            let arn = function_name::arn(&format!("{function}:{qualifier}"));
            return Err(not_found(&arn));
        }
        if headers.contains_key("x-amz-client-context") {
            return Err(invalid(
                "the client context is not supported yet; leave ClientContext out",
            ));
        }
        Ok(Self { function, kind: kind(headers)?, log: log(headers)? })
    }

    /// Runs the function, unless the request only asks whether it could be run.
    async fn run(self, event: Bytes, call: &Call<'_>) -> Result<Response<Body>, AwsError> {
        let event = json(event)?;
        if self.kind == Kind::DryRun {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            return Ok(response);
        }
        let invocation = Invocation {
            function: self.function,
            qualifier: Qualifier::LATEST,
            request_id: call.request_id.clone(),
            event,
            trace: call.trace(),
            log: self.log,
            client: None,
        };
        match call.backing.invoke.invoke(invocation).await {
            Ok(reply) => answer(reply).await,
            Err(refusal) => Err(refused(&refusal)),
        }
    }
}

fn kind(headers: &HeaderMap) -> Result<Kind, AwsError> {
    match headers.get("x-amz-invocation-type").map(HeaderValue::as_bytes) {
        None | Some(b"RequestResponse") => Ok(Kind::RequestResponse),
        Some(b"DryRun") => Ok(Kind::DryRun),
        Some(b"Event") => Err(invalid(
            "the invocation type Event (asynchronous) is not supported yet; use RequestResponse",
        )),
        Some(other) => Err(invalid(format!(
            "`{}` is not an invocation type; use RequestResponse or DryRun",
            other.escape_ascii()
        ))),
    }
}

fn log(headers: &HeaderMap) -> Result<LogCapture, AwsError> {
    match headers.get("x-amz-log-type").map(HeaderValue::as_bytes) {
        None | Some(b"None") => Ok(LogCapture::None),
        Some(b"Tail") => Ok(LogCapture::Tail),
        Some(other) => {
            Err(invalid(format!("`{}` is not a log type; use None or Tail", other.escape_ascii())))
        }
    }
}

/// An empty body is an empty event, as Lambda has it.
fn json(event: Bytes) -> Result<Bytes, AwsError> {
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

async fn answer(reply: Reply) -> Result<Response<Body>, AwsError> {
    let (payload, failed) = match reply.outcome {
        Outcome::Payload(payload) => (payload, false),
        Outcome::Error(error) => (error.payload, true),
        Outcome::Stream(stream) => whole(stream).await?,
    };
    let mut response = Response::new(Body::full(payload));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-amz-executed-version", HeaderValue::from_static(LATEST));
    if failed {
        headers.insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    }
    if let Some(tail) = reply.log_tail {
        let tail = HeaderValue::try_from(BASE64_STANDARD.encode(tail)).expect("base64 is ASCII");
        headers.insert("x-amz-log-result", tail);
    }
    Ok(response)
}

/// `Invoke` answers a streaming function with the whole stream at its end.
async fn whole(mut stream: ReplyStream) -> Result<(Bytes, bool), AwsError> {
    let mut payload = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) if payload.len() + chunk.len() > MAX_PAYLOAD => {
                let message = format!(
                    "Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD} bytes)."
                );
                let error = serde_json::json!({
                    "errorMessage": message,
                    "errorType": "Function.ResponseSizeTooLarge",
                });
                return Ok((error.to_string().into(), true));
            }
            Ok(chunk) => payload.extend_from_slice(&chunk),
            Err(error) => return Ok((error.payload, true)),
        }
    }
    Ok((payload.freeze(), false))
}

fn refused(refusal: &InvokeRefusal) -> AwsError {
    match refusal {
        InvokeRefusal::NotFound(function) => not_found(&function_name::arn(function.as_str())),
        InvokeRefusal::NoSuchVersion { function, qualifier } => {
            not_found(&function_name::arn(&format!("{function}:{qualifier}")))
        }
        InvokeRefusal::Throttled { retry_after, .. } => AwsError::user(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            format!("Rate Exceeded: {refusal}"),
        )
        .with_member("Reason", "ReservedFunctionConcurrentInvocationLimitExceeded")
        .retry_after(*retry_after),
        InvokeRefusal::BackingOff { retry_after, .. } => {
            AwsError::service("ServiceException", refusal.to_string()).retry_after(*retry_after)
        }
        InvokeRefusal::EventTooLarge { .. } => too_large(),
        InvokeRefusal::Stopping => AwsError::service("ServiceException", refusal.to_string())
            .with_status(StatusCode::SERVICE_UNAVAILABLE),
    }
}

pub(super) fn not_found(arn: &str) -> AwsError {
    let message = format!("Function not found: {arn}");
    AwsError::user(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

pub(crate) fn too_large() -> AwsError {
    AwsError::user(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestTooLargeException",
        format!(
            "Request must be smaller than {MAX_PAYLOAD} bytes for the InvokeFunction operation"
        ),
    )
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> AwsError {
    AwsError::user(StatusCode::BAD_REQUEST, "InvalidParameterValueException", message)
}
