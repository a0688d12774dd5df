//! Streamed results: an optional prelude in JSON, eight NUL bytes, and then the body as it comes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use http_body::Frame;
use model::{FunctionError, ReplyStream};
use wire::{Body, BodyError};

use super::reply::{Head, Malformed};

const WITH_PRELUDE: &str = "application/vnd.awslambda.http-integration-response";
const SEPARATOR: [u8; 8] = [0; 8];
/// A prelude holds a status and headers.
const MOST_PRELUDE: usize = 64 << 10;

/// Why a stream is no response.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The function failed before its response began, or before all of it was there that was wanted.
    Failed,
    Malformed(Malformed),
}

impl From<Malformed> for Broken {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// The response, as soon as its head is known.
pub(crate) async fn response(mut stream: ReplyStream) -> Result<Response<Body>, Broken> {
    let content_type = stream.content_type.take();
    if content_type.as_deref().is_some_and(has_prelude) {
        return with_prelude(stream).await;
    }
    let first = next(&mut stream).await?;
    let mut response = Response::new(Body::wrap(StreamedBody { first, stream: Some(stream) }));
    let given = content_type.and_then(|text| HeaderValue::from_str(&text).ok());
    let fallback = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(CONTENT_TYPE, given.unwrap_or(fallback));
    Ok(response)
}

/// The response once the stream has ended; its body has at most so many bytes.
pub(crate) async fn whole(stream: ReplyStream, most: u64) -> Result<Response<Body>, Broken> {
    let (head, body) = response(stream).await?.into_parts();
    let body = body.read(most).await.map_err(|error| match error {
        BodyError::TooLarge { .. } => Malformed::says("the streamed body is too large").into(),
        _ => Broken::Failed,
    })?;
    Ok(Response::from_parts(head, Body::full(body)))
}

fn has_prelude(content_type: &str) -> bool {
    content_type.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case(WITH_PRELUDE)
}

async fn with_prelude(mut stream: ReplyStream) -> Result<Response<Body>, Broken> {
    let unended = || Malformed::says("the stream has no eight NUL bytes after its prelude");
    let mut start = BytesMut::new();
    let end = loop {
        let chunk = next(&mut stream).await?.ok_or_else(unended)?;
        // The separator may lie across chunks.
        let from = start.len().saturating_sub(SEPARATOR.len() - 1);
        start.extend_from_slice(&chunk);
        if let Some(at) = memchr::memmem::find(&start[from..], &SEPARATOR) {
            break from + at;
        }
        if start.len() > MOST_PRELUDE {
            return Err(unended().into());
        }
    };
    let head = Head::of_prelude(&start[..end])?;
    let rest = start.freeze().slice(end + SEPARATOR.len()..);
    let first = (!rest.is_empty()).then_some(rest);
    let mut response = Response::new(Body::wrap(StreamedBody { first, stream: Some(stream) }));
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    let headers = response.headers_mut();
    if !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    }
    Ok(response)
}

async fn next(stream: &mut ReplyStream) -> Result<Option<Bytes>, Broken> {
    stream.next().await.transpose().map_err(|_| Broken::Failed)
}

/// What is left of a stream once the head is known.
struct StreamedBody {
    first: Option<Bytes>,
    stream: Option<ReplyStream>,
}

/// The function failed after its response had begun; all that can be done is to cut it off.
#[derive(Debug, thiserror::Error)]
#[error("the function failed in the middle of its response")]
struct CutOff;

impl http_body::Body for StreamedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(None);
        };
        let chunk: Option<Result<Bytes, FunctionError>> = ready!(stream.poll_chunk(cx));
        match chunk {
            Some(Ok(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Err(_)) => {
                self.stream = None;
                Poll::Ready(Some(Err(BodyError::Source(Box::new(CutOff)))))
            }
            None => {
                self.stream = None;
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.stream.is_none()
    }
}
