//! The port through which integrations run functions, so that `gateway` never sees `functions`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use crate::{FunctionName, FunctionVersion, Qualifier, RequestId, TraceContext};

/// Runs functions. Dropping the future gives the answer up: the environment finishes its
/// invocation in the background and a client's disconnect never counts against the function.
pub trait Invoke: Send + Sync {
    fn invoke(&self, invocation: Invocation) -> InvokeFuture<'_>;

    /// Adds a line to the function's log, in the platform's words: what its caller could not do with
    /// the invocation's answer.
    fn note(&self, function: &FunctionName, request_id: RequestId, text: String);
}

pub type InvokeFuture<'a> = Pin<Box<dyn Future<Output = Result<Reply, InvokeRefusal>> + Send + 'a>>;

/// One run of a function for one event.
#[derive(Debug, Clone)]
pub struct Invocation {
    pub function: FunctionName,
    pub qualifier: Qualifier,
    pub request_id: RequestId,
    /// JSON.
    pub event: Bytes,
    pub trace: TraceContext,
    /// Whether the caller also wants the last 4 KB of the invocation's log.
    pub log: LogCapture,
    /// What the caller tells about itself, JSON; functions find it in their context object.
    pub client: Option<Bytes>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogCapture {
    #[default]
    None,
    /// `X-Amz-Log-Type: Tail`.
    Tail,
}

/// What a function answered. A function's own error is an answer, not a refusal.
#[derive(Debug)]
pub struct Reply {
    pub outcome: Outcome,
    /// The version that ran.
    pub version: FunctionVersion,
    /// The last 4 KB of the invocation's log, when asked for.
    pub log_tail: Option<Bytes>,
}

#[derive(Debug)]
pub enum Outcome {
    /// JSON, or whatever bytes the runtime posted.
    Payload(Bytes),
    /// `Lambda-Runtime-Function-Response-Mode: streaming`.
    Stream(ReplyStream),
    Error(FunctionError),
}

/// An error the function (or its runtime) reported, or that ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    pub kind: FunctionErrorKind,
    /// `{"errorMessage": .., "errorType": .., "stackTrace": [..]}` as Lambda's invokers see it.
    pub payload: Bytes,
}

/// Why an invocation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FunctionErrorKind {
    /// The handler raised.
    Handled,
    /// `Sandbox.Timedout`.
    TimedOut,
    /// `Runtime.ExitError`: the process ended during the invocation, out of memory included.
    Crashed,
    /// The runtime could not load the handler, or init took too long.
    InitFailed,
}

/// A streamed response: an optional prelude (status, headers, cookies) and then bytes.
pub struct ReplyStream {
    /// The runtime's `Content-Type`; `application/vnd.awslambda.http-integration-response` says
    /// that the stream starts with a JSON prelude and eight NUL bytes.
    pub content_type: Option<String>,
    chunks: Pin<Box<dyn ChunkStream>>,
}

/// Yields the chunks of a streamed response.
pub trait ChunkStream: Send {
    /// `Ready(None)` ends the stream; an error means that the function failed midway.
    fn poll_chunk(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FunctionError>>>;

    /// Once it has ended: the last 4 KB of the invocation's log, when asked for.
    fn log_tail(self: Pin<&mut Self>) -> Option<Bytes> {
        None
    }
}

impl ReplyStream {
    pub fn new(content_type: Option<String>, chunks: Pin<Box<dyn ChunkStream>>) -> Self {
        Self { content_type, chunks }
    }

    pub fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FunctionError>>> {
        self.chunks.as_mut().poll_chunk(cx)
    }

    /// As [`ChunkStream::log_tail`].
    pub fn log_tail(&mut self) -> Option<Bytes> {
        self.chunks.as_mut().log_tail()
    }

    pub async fn next(&mut self) -> Option<Result<Bytes, FunctionError>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }
}

impl fmt::Debug for ReplyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyStream")
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

/// Whose concurrency is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The function's own: reserved for it, or what its stack allows it.
    Function,
    /// What all functions share for which none is reserved.
    Account,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Function => "its",
            Self::Account => "the account's unreserved",
        })
    }
}

/// Why a function was not run at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeRefusal {
    #[error("function `{0}` does not exist")]
    NotFound(FunctionName),
    #[error("function `{function}` has no version or alias `{qualifier}`")]
    NoSuchVersion { function: FunctionName, qualifier: Qualifier },
    /// Every environment stayed busy for as long as an invocation may wait.
    #[error("function `{function}` is at {bound} concurrency limit of {limit}")]
    Throttled { function: FunctionName, bound: Bound, limit: u32, retry_after: Duration },
    /// Environments keep failing to start; the next attempt comes after a pause.
    #[error("function `{function}` cannot start: {reason}")]
    BackingOff {
        function: FunctionName,
        version: FunctionVersion,
        reason: String,
        /// What whoever asked for the start that failed was answered.
        error: FunctionError,
        retry_after: Duration,
    },
    #[error("the event of {actual} bytes is over the limit of {limit} bytes")]
    EventTooLarge { actual: usize, limit: usize },
    #[error("the server is stopping")]
    Stopping,
}
