//! How many invocations may run at once: of a function, all its versions together, or of all functions
//! for which none are reserved.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use model::Bound;

/// Its limit may change while invocations run.
#[derive(Debug)]
pub(crate) struct Ceiling {
    pub(crate) bound: Bound,
    limit: AtomicU32,
    running: AtomicU32,
}

/// One invocation that runs below a ceiling.
#[derive(Debug)]
pub(crate) struct Permit(Arc<Ceiling>);

impl Ceiling {
    pub(crate) fn new(bound: Bound, limit: u32) -> Self {
        Self { bound, limit: AtomicU32::new(limit), running: AtomicU32::new(0) }
    }

    pub(crate) fn limit(&self) -> u32 {
        self.limit.load(Ordering::Relaxed)
    }

    pub(crate) fn set_limit(&self, limit: u32) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Nothing when as many run as may.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Permit> {
        let limit = self.limit();
        let entered = self.running.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |running| {
            (running < limit).then_some(running + 1)
        });
        entered.is_ok().then(|| Permit(Arc::clone(self)))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_run_as_may_and_no_more() {
        let ceiling = Arc::new(Ceiling::new(Bound::Function, 2));
        let first = ceiling.enter();
        let second = ceiling.enter();
        assert!(first.is_some() && second.is_some() && ceiling.enter().is_none());
        drop(first);
        assert!(ceiling.enter().is_some());
        ceiling.set_limit(0);
        drop(second);
        assert!(ceiling.enter().is_none(), "0 stops a function");
    }
}
