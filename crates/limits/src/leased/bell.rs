//! Tells whoever carries asks to the store that there is something to carry.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::Leftover;
use super::purse::Purse;

#[derive(Default)]
pub(super) struct Bell(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    due: Due,
    lender: Option<Waker>,
}

/// What is to be carried.
#[derive(Default)]
pub(super) struct Due {
    /// That want permits.
    pub(super) purses: Vec<Arc<Purse>>,
    /// Of purses whose limit became another.
    pub(super) leftovers: Vec<Leftover>,
}

impl Bell {
    pub(super) fn ring(&self, add: impl FnOnce(&mut Due)) {
        let mut waiting = self.waiting();
        add(&mut waiting.due);
        let lender = waiting.lender.take();
        drop(waiting);
        if let Some(lender) = lender {
            lender.wake();
        }
    }

    pub(super) fn answer(&self) -> Due {
        std::mem::take(&mut self.waiting().due)
    }

    /// Ready when something is due; wakes the latest caller.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut waiting = self.waiting();
        if !waiting.due.purses.is_empty() || !waiting.due.leftovers.is_empty() {
            return Poll::Ready(());
        }
        waiting.lender = Some(cx.waker().clone());
        Poll::Pending
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
