//! A reply in one piece, for callers that take no stream.

use bytes::{Bytes, BytesMut};
use model::invoke::Outcome;
use model::{FunctionVersion, Reply, ReplyStream};

use crate::function_error;
use crate::runtime_api::MAX_PAYLOAD;

/// As [`Reply`], of an invocation that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    pub payload: Bytes,
    /// Whether the payload tells of an error of the function.
    pub is_error: bool,
    pub version: FunctionVersion,
    pub log_tail: Option<Bytes>,
}

/// Waits for the end of a streamed response. It is bounded as one that does not come as a stream.
pub async fn whole(reply: Reply) -> Whole {
    let Reply { outcome, version, mut log_tail } = reply;
    let (payload, is_error) = match outcome {
        Outcome::Payload(payload) => (payload, false),
        Outcome::Error(error) => (error.payload, true),
        Outcome::Stream(mut stream) => {
            let gathered = gather(&mut stream).await;
            log_tail = stream.log_tail();
            gathered
        }
    };
    Whole { payload, is_error, version, log_tail }
}

async fn gather(stream: &mut ReplyStream) -> (Bytes, bool) {
    let mut payload = BytesMut::new();
    let mut is_too_large = false;
    while let Some(chunk) = stream.next().await {
        match chunk {
            Err(error) => return (error.payload, true),
            // The log is not whole before the stream is.
            Ok(_) if is_too_large => {}
            Ok(chunk) if payload.len() + chunk.len() > MAX_PAYLOAD => {
                is_too_large = true;
                payload = BytesMut::new();
            }
            Ok(chunk) => payload.extend_from_slice(&chunk),
        }
    }
    if is_too_large { (function_error::too_large(), true) } else { (payload.freeze(), false) }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use model::FunctionError;
    use model::invoke::{ChunkStream, FunctionErrorKind};

    use super::*;

    type Chunk = Result<Bytes, FunctionError>;

    /// Has its log only once it has ended.
    struct Chunks {
        left: std::vec::IntoIter<Chunk>,
        has_ended: bool,
    }

    impl ChunkStream for Chunks {
        fn poll_chunk(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Chunk>> {
            let next = self.left.next();
            self.has_ended = !matches!(next, Some(Ok(_)));
            Poll::Ready(next)
        }

        fn log_tail(self: Pin<&mut Self>) -> Option<Bytes> {
            self.has_ended.then(|| Bytes::from_static(b"said"))
        }
    }

    async fn check(chunks: Vec<Chunk>, payload: &[u8], is_error: bool) {
        let chunks = Chunks { left: chunks.into_iter(), has_ended: false };
        let outcome = Outcome::Stream(ReplyStream::new(None, Box::pin(chunks)));
        let version = FunctionVersion::Published(2);
        let whole = whole(Reply { outcome, version, log_tail: None }).await;
        let payload = Bytes::copy_from_slice(payload);
        let log_tail = Some(Bytes::from_static(b"said"));
        assert_eq!(whole, Whole { payload, is_error, version, log_tail });
    }

    #[tokio::test]
    async fn a_stream_is_its_chunks_and_its_log_however_it_ends() {
        let chunk = |text: &'static str| Ok(Bytes::from_static(text.as_bytes()));
        check(vec![chunk("one"), chunk("two")], b"onetwo", false).await;
        let payload = Bytes::from_static(b"{}");
        let failed = FunctionError { kind: FunctionErrorKind::Handled, payload };
        check(vec![chunk("one"), Err(failed)], b"{}", true).await;
    }

    #[tokio::test]
    async fn a_stream_has_lambdas_bound() {
        let most = Bytes::from(vec![b'x'; MAX_PAYLOAD]);
        check(vec![Ok(most.clone())], &most, false).await;
        let one = Bytes::from_static(b"y");
        let chunks = vec![Ok(most), Ok(one.clone()), Ok(one)];
        check(chunks, &function_error::too_large(), true).await;
    }
}
