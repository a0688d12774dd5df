//! The error documents that the platform writes itself, worded as Lambda words them.

use std::time::Duration;

use bytes::Bytes;
use model::RequestId;

use crate::process::Exit;

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    error_type: &'a str,
    error_message: &'a str,
}

pub(crate) fn payload(error_type: &str, error_message: &str) -> Bytes {
    let document = Document { error_type, error_message };
    serde_json::to_vec(&document).unwrap_or_default().into()
}

pub(crate) fn timed_out(request_id: &RequestId, limit: Duration) -> Bytes {
    let seconds = limit.as_secs_f64();
    let message =
        format!("RequestId: {request_id} Error: Task timed out after {seconds:.2} seconds");
    payload("Sandbox.Timedout", &message)
}

pub(crate) fn exited(request_id: &RequestId, exit: &Exit) -> Bytes {
    if exit.reason == "exit status 0" {
        let message =
            format!("RequestId: {request_id} Error: Runtime exited without providing a reason");
        return payload("Runtime.ExitError", &message);
    }
    let kind = if exit.out_of_memory { "Runtime.OutOfMemory" } else { "Runtime.ExitError" };
    let message =
        format!("RequestId: {request_id} Error: Runtime exited with error: {}", exit.reason);
    payload(kind, &message)
}

pub(crate) fn too_large() -> Bytes {
    payload(
        "Function.ResponseSizeTooLarge",
        "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    )
}

/// `ErrorType: message` out of an error document.
pub(crate) fn summary(document: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Reported {
        error_type: Option<String>,
        error_message: Option<String>,
    }
    let Ok(reported) = serde_json::from_slice::<Reported>(document) else {
        return "the runtime reported an error that is not JSON".to_owned();
    };
    match (reported.error_type, reported.error_message) {
        (Some(kind), Some(message)) => format!("{kind}: {message}"),
        (kind, message) => kind.or(message).unwrap_or_else(|| "unknown error".to_owned()),
    }
}
