//! What a runtime says over its connection.

use bytes::Bytes;

use super::chunks::Trailers;

/// What a runtime said.
#[derive(Debug)]
pub(crate) enum Message {
    /// It asks for the next invocation, and waits on this connection.
    Next,
    Response(Bytes),
    /// Its response or error was larger than [`MAX_PAYLOAD`].
    TooLarge,
    StreamStart {
        content_type: Option<String>,
    },
    StreamChunk(Bytes),
    StreamEnd(Option<StreamFailure>),
    Error {
        error_type: Option<String>,
        body: Bytes,
    },
    InitError(Bytes),
    Closed,
}

/// How a streamed response failed midway.
#[derive(Debug)]
pub(crate) struct StreamFailure {
    pub(crate) error_type: String,
    /// Base64.
    pub(crate) body: Option<String>,
}

/// What the trailers of a streamed response tell of its end.
pub(super) fn failure(trailers: Trailers) -> Option<StreamFailure> {
    let Trailers { error_type, error_body } = trailers;
    if error_type.is_none() && error_body.is_none() {
        return None;
    }
    let error_type = error_type.unwrap_or_else(|| "Unhandled".to_owned());
    Some(StreamFailure { error_type, body: error_body })
}
