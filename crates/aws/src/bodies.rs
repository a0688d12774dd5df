//! Reads requests: each within its action's bound, and large ones one after another.

use bytes::Bytes;
use http_body::Body as _;
use tokio::sync::{Semaphore, SemaphorePermit};
use wire::{Body, BodyError};

use crate::action::Operation;
use crate::protocol::MOST_BYTES;
use crate::sigv4::MOST_SKEW;

/// Of a whole server. However many clients send more than most requests have, the memory of one such request is
/// used for them.
#[derive(Debug)]
pub(crate) struct Bodies {
    turns: Semaphore,
}

/// Of a large request, for as long as there is anything of it.
pub(crate) type Turn<'a> = Option<SemaphorePermit<'a>>;

impl Default for Bodies {
    fn default() -> Self {
        Self { turns: Semaphore::new(1) }
    }
}

impl Bodies {
    /// What is over the action's bound is refused before its turn. A large request is to be there before a signature
    /// made at its beginning expires, so that who sends slowly takes nobody's turn for longer.
    pub(crate) async fn read(
        &self,
        body: Body,
        operation: &Operation,
    ) -> Result<(Bytes, Turn<'_>), BodyError> {
        let most = operation.most_bytes();
        let body = body.limited(most)?;
        let longest = body.size_hint().upper().unwrap_or(u64::MAX).min(most);
        if longest <= MOST_BYTES {
            return Ok((body.read(most).await?, None));
        }
        let turn = self.turns.acquire().await.expect("it is never closed");
        let read = tokio::time::timeout(MOST_SKEW, body.read(most)).await;
        Ok((read.unwrap_or(Err(BodyError::TooSlow))?, Some(turn)))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn operation(name: &str) -> &'static Operation {
        crate::lambda::SERVICE.operation(name).expect("an action of Lambda")
    }

    fn of(bytes: u64) -> Body {
        Body::full(vec![b'x'; usize::try_from(bytes).expect("a size")])
    }

    #[tokio::test]
    async fn a_request_is_bounded_by_its_action() {
        let bodies = Bodies::default();
        let check = async |action, bytes| {
            let read = bodies.read(of(bytes), operation(action)).await;
            read.map(|(body, _)| body.len() as u64).map_err(|error| error.to_string())
        };
        let refused = |limit| Err(format!("the body is over the limit of {limit} bytes"));
        assert_eq!(check("TagResource", MOST_BYTES).await, Ok(MOST_BYTES));
        assert_eq!(check("TagResource", MOST_BYTES + 1).await, refused(MOST_BYTES));
        for action in ["CreateFunction", "UpdateFunctionCode"] {
            assert_eq!(check(action, 70_167_211).await, Ok(70_167_211), "{action}");
            assert_eq!(check(action, 70_167_212).await, refused(70_167_211), "{action}");
        }
    }

    #[tokio::test]
    async fn large_requests_come_one_after_another() {
        let bodies = Bodies::default();
        let read = |bytes| bodies.read(of(bytes), operation("CreateFunction")).now_or_never();
        let first = read(MOST_BYTES + 1).expect("nobody else reads").expect("read");
        assert!(read(MOST_BYTES + 1).is_none(), "the first is there");
        assert!(read(MOST_BYTES).is_some(), "of most requests any number may be there");
        drop(first);
        assert!(read(MOST_BYTES + 1).is_some(), "the first is gone");
    }
}
