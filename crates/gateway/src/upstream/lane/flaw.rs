//! What can be wrong with an answer.

use wire::Refusal;

/// Why an answer cannot be followed. Where the next one would begin is in doubt, and where this one
/// ends may be: its connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Flaw {
    #[error("it does not begin with the status line of HTTP/1.1 or HTTP/1.0")]
    StatusLine,
    #[error("a line of its head ends without a carriage return")]
    BareLineFeed,
    #[error("its head is over {most} bytes", most = super::head::MOST_BYTES)]
    HeadTooLarge,
    #[error("its head has over {most} fields", most = super::head::MOST_FIELDS)]
    TooManyFields,
    #[error("a field of its head is malformed")]
    Field,
    #[error("it has more than one Content-Length")]
    LengthRepeated,
    #[error("its Content-Length is not a number")]
    LengthInvalid,
    #[error("it has both Content-Length and Transfer-Encoding")]
    LengthAndEncoding,
    #[error("its Transfer-Encoding is not `chunked`, once")]
    Encoding,
    #[error("it is of HTTP/1.0 and has a Transfer-Encoding")]
    EncodingTooOld,
    #[error("it switches to a protocol that nobody asked for")]
    Switch,
    #[error("in its body, {0}")]
    Chunk(Refusal),
}
