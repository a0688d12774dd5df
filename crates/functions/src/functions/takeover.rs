//! A `$LATEST` that takes the place of one that serves, and has yet to start: the one before it serves until then.

use std::collections::HashMap;
use std::sync::Arc;

use model::{FunctionName, FunctionVersion};

use super::Functions;
use super::arrange::{Group, Parts};
use crate::version::{InitFailure, Version};

/// Which versions have yet to start, and what serves meanwhile.
#[derive(Debug, Default)]
pub(super) struct Takeovers(HashMap<FunctionName, Takeover>);

#[derive(Debug)]
struct Takeover {
    by: Arc<Version>,
    serving: Arc<Version>,
}

impl Takeovers {
    /// `by` takes the place of `replaced`, which may have yet to start itself.
    fn begin(&mut self, replaced: &Arc<Version>, by: &Arc<Version>) {
        let serving = self.serving(replaced).unwrap_or(replaced);
        // Nobody is served by what cannot start.
        if serving.trouble.is_none() {
            let takeover = Takeover { by: Arc::clone(by), serving: Arc::clone(serving) };
            self.0.insert(by.function.name.clone(), takeover);
        }
    }

    /// What serves until this version has started.
    pub(super) fn serving(&self, by: &Arc<Version>) -> Option<&Arc<Version>> {
        let takeover = self.0.get(&by.function.name)?;
        Arc::ptr_eq(&takeover.by, by).then_some(&takeover.serving)
    }

    /// Gives what served until now, unless another version was to take over since.
    fn end(&mut self, by: &Arc<Version>) -> Option<Arc<Version>> {
        self.serving(by)?;
        self.0.remove(&by.function.name).map(|takeover| takeover.serving)
    }

    /// Forgets those of versions that nobody names any more.
    pub(super) fn retain(&mut self, is_named: impl Fn(&Arc<Version>) -> bool) {
        self.0.retain(|_, takeover| is_named(&takeover.by));
    }
}

impl Functions {
    /// Has what is served now serve on until `by` has started, if both can be there at once.
    pub(super) fn begin_takeover(&self, parts: &mut Parts, old: &Arc<Version>, by: &Arc<Version>) {
        // A published version is the same for ever: only how it is run may be another.
        if by.number == FunctionVersion::Latest && self.starts_beside(by) {
            parts.takeovers.begin(old, by);
        }
    }

    /// Starts an environment of a version that is to take over, and has it do so.
    pub(super) fn start_soon(self: &Arc<Self>, version: Arc<Version>) {
        if self.parts().takeovers.serving(&version).is_none() {
            return;
        }
        let functions = Arc::downgrade(self);
        self.platform.control.spawn(async move {
            let started = version.warm_up().await;
            // The server may have ended meanwhile.
            let Some(functions) = functions.upgrade() else { return };
            functions.change(|parts| settle(parts, &version, &started));
            functions.taken_over.notify_waiters();
        });
    }

    /// Completes when nothing is to take this function's place any more.
    pub async fn settled(&self, function: &FunctionName) {
        loop {
            let mut taken_over = std::pin::pin!(self.taken_over.notified());
            taken_over.as_mut().enable();
            let is_settled =
                self.lines.load().get(function).is_none_or(|line| line.before.is_none());
            if is_settled {
                return;
            }
            taken_over.await;
        }
    }

    /// As [`Self::settled`], of every function that has one to take its place by now.
    pub async fn all_settled(&self) {
        let lines = self.lines.load_full();
        for (function, _) in lines.iter().filter(|(_, line)| line.before.is_some()) {
            self.settled(function).await;
        }
    }
}

/// One that does not start takes over all the same, as on Lambda, and its invocations tell why. A function of the
/// stack is replaced only by what starts.
fn settle(parts: &mut Parts, version: &Arc<Version>, started: &Result<(), InitFailure>) {
    let Some(served) = parts.takeovers.end(version) else { return };
    let key = (version.function.name.clone(), version.number);
    let known = parts.group(Group::Stack).get_mut(&key);
    let known = known.filter(|known| Arc::ptr_eq(known, version));
    if started.is_err()
        && let Some(known) = known
    {
        *known = served;
    }
}
