//! A lane's own connection, and the making of it: meanwhile requests take the common one.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::JoinHandle;

use crate::redis::link::Link;
use crate::redis::problem::Problem;
use crate::redis::shared::Shared;

/// With how many outages there had been when its making began.
pub(super) enum Way {
    None,
    Opening(JoinHandle<Result<Link, Problem>>, u64),
    Open(Link, u64),
}

impl Way {
    /// What to send over now; nothing while there is no connection at all.
    pub(super) fn link(&mut self, shared: &Arc<Shared>) -> Option<Link> {
        // A connection that outlived an outage of another lane's may lead nowhere.
        let outages = shared.counters.outages.load(Ordering::Relaxed);
        match self {
            Self::Open(link, before) if *before == outages => return Some(link.clone()),
            Self::Opening(..) => {}
            Self::None | Self::Open(..) => {
                let store = Arc::clone(shared);
                let opening = tokio::spawn(async move { store.target.open().await });
                *self = Self::Opening(opening, outages);
            }
        }
        shared.common_link()
    }

    pub(super) fn is_opening(&self) -> bool {
        matches!(self, Self::Opening(..))
    }

    /// Ends when the connection is made, or why it is not.
    pub(super) async fn opened(&mut self) -> Result<(), Problem> {
        let Self::Opening(opening, outages) = self else { return Ok(()) };
        let (opened, outages) = (opening.await, *outages);
        *self = Self::None;
        // A task that is broken off has told nobody anything; the next request has it made again.
        let Ok(opened) = opened else { return Ok(()) };
        *self = Self::Open(opened?, outages);
        Ok(())
    }

    /// What was sent over it came to nothing.
    pub(super) fn close(&mut self) {
        if matches!(self, Self::Open(..)) {
            *self = Self::None;
        }
    }
}
