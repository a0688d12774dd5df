//! Asynchronous invocations in memory.

use std::collections::{BTreeMap, BTreeSet};

use model::{FunctionName, Timestamp};

use super::{Memory, done};
use crate::{Backlog, Due, InvocationStore, KeptInvocation, Pending, Progress};

#[derive(Debug, Clone, Default)]
pub(super) struct Invocations {
    last: u64,
    kept: BTreeMap<u64, KeptInvocation>,
}

impl Invocations {
    fn due(
        &self,
        function: &FunctionName,
        now: Timestamp,
        under_way: &BTreeSet<u64>,
        most: usize,
    ) -> Due {
        let own = self
            .kept
            .values()
            .filter(|kept| kept.function == *function && !under_way.contains(&kept.number));
        let mut own: Vec<_> = own.collect();
        own.sort_by_key(|kept| (kept.progress.due, kept.number));
        let is_due = |kept: &&KeptInvocation| kept.progress.due <= now;
        let next = own.iter().find(|kept| !is_due(kept)).map(|kept| kept.progress.due);
        Due { now: own.into_iter().filter(is_due).take(most).cloned().collect(), next }
    }

    fn backlogs(&self) -> Vec<Backlog> {
        let mut all: BTreeMap<&FunctionName, Backlog> = BTreeMap::new();
        for KeptInvocation { function, accepted, .. } in self.kept.values() {
            let new = || Backlog { function: function.clone(), count: 0, oldest: *accepted };
            let backlog = all.entry(function).or_insert_with(new);
            backlog.count += 1;
            backlog.oldest = backlog.oldest.min(*accepted);
        }
        all.into_values().collect()
    }
}

impl InvocationStore for Memory {
    fn keep_invocation(&self, invocation: KeptInvocation) -> Pending<'_, u64> {
        let all = &mut self.kept().invocations;
        all.last += 1;
        let number = all.last;
        all.kept.insert(number, KeptInvocation { number, ..invocation });
        done(Ok(number))
    }

    fn due_invocations(
        &self,
        function: FunctionName,
        now: Timestamp,
        under_way: BTreeSet<u64>,
        most: usize,
    ) -> Pending<'_, Due> {
        done(Ok(self.kept().invocations.due(&function, now, &under_way, most)))
    }

    fn postpone_invocation(&self, number: u64, progress: Progress) -> Pending<'_, ()> {
        if let Some(kept) = self.kept().invocations.kept.get_mut(&number) {
            kept.progress = progress;
        }
        done(Ok(()))
    }

    fn forget_invocation(&self, number: u64) -> Pending<'_, ()> {
        self.kept().invocations.kept.remove(&number);
        done(Ok(()))
    }

    fn backlogs(&self) -> Pending<'_, Vec<Backlog>> {
        done(Ok(self.kept().invocations.backlogs()))
    }
}
