//! An answer that is there, or will be once a store has answered.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::Decision;

/// Awaiting one that is there costs nothing.
#[must_use]
pub enum Reply<T> {
    Now(T),
    Later(Pin<Box<dyn Future<Output = T> + Send>>),
}

/// The answer to one request. A store that fails is never an error here: the policies say what holds
/// then, and the standings that they did.
pub type Answer = Reply<Decision>;

/// Why a store did not do what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreProblem(pub String);

impl<T> Reply<T> {
    pub fn later(pending: impl Future<Output = T> + Send + 'static) -> Self {
        Self::Later(Box::pin(pending))
    }
}

impl<T: Unpin + 'static> Future for Reply<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let reply = self.get_mut();
        if let Reply::Later(pending) = reply {
            return pending.as_mut().poll(cx);
        }
        let taken = Reply::Later(Box::pin(std::future::pending()));
        match std::mem::replace(reply, taken) {
            Reply::Now(value) => Poll::Ready(value),
            Reply::Later(_) => Poll::Pending,
        }
    }
}
