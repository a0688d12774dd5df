//! Waiting for the store's answer to an ask that somebody else may have made.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::purse::Purse;

/// Done when the round is over.
#[derive(Debug)]
pub(super) struct Round {
    purse: Arc<Purse>,
    number: u64,
}

impl Round {
    /// Nothing when no answer is on its way any more.
    pub(super) fn of(purse: &Arc<Purse>) -> Option<Self> {
        purse.round().map(|number| Self { purse: Arc::clone(purse), number })
    }
}

impl Future for Round {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.purse.is_over(self.number, cx.waker()) { Poll::Ready(()) } else { Poll::Pending }
    }
}
