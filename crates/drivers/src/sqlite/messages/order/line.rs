//! The visible messages of a standard queue.

use std::collections::{BTreeSet, VecDeque};

use store::Number;

#[derive(Debug, Default)]
pub(super) struct Line {
    /// Touched before and visible again.
    returned: BTreeSet<Number>,
    /// Nobody has touched these.
    fresh: VecDeque<Number>,
}

impl Line {
    pub(super) fn push(&mut self, number: Number) {
        self.fresh.push_back(number);
    }

    pub(super) fn returns(&mut self, number: Number) {
        self.returned.insert(number);
    }

    pub(super) fn ahead(&self) -> usize {
        self.fresh.len()
    }

    pub(super) fn first(&self) -> Option<Number> {
        match (self.returned.first(), self.fresh.front()) {
            (Some(returned), Some(fresh)) => Some(*returned.min(fresh)),
            (returned, fresh) => returned.or(fresh).copied(),
        }
    }

    pub(super) fn remove(&mut self, number: Number) {
        if self.fresh.front() == Some(&number) {
            self.fresh.pop_front();
        } else if !self.returned.remove(&number)
            && let Ok(at) = self.fresh.binary_search(&number)
        {
            self.fresh.remove(at);
        }
    }
}
