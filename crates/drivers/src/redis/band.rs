//! A part of the store that fails as one: all of a single server, or some slots of a Cluster, whose nodes
//! fail one by one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use limits::Key;

use super::breaker::Breaker;
use super::problem::Problem;

#[derive(Default)]
pub(crate) struct Band {
    pub(crate) breaker: Breaker,
    /// What to try whether it is back with.
    suspect: Mutex<Option<(Key, Problem)>>,
    doubt: Mutex<Doubt>,
}

/// Whether the store is well, after a failure that may be of one key only. Others are asked on meanwhile:
/// whoever can write to one key would else decide who is refused under all.
#[derive(Default)]
enum Doubt {
    #[default]
    None,
    Raised(Key, Problem),
    /// It was well. Looking and saying so once a beat is enough.
    Cleared,
}

impl Band {
    /// Whether this call opened the breaker; `seen` is what it said when the failed request was sent.
    pub(crate) fn fail(&self, key: Key, problem: &Problem, seen: u64) -> bool {
        *locked(&self.suspect) = Some((key, problem.clone()));
        self.breaker.open(seen)
    }

    /// Why it is not asked, as far as is known now.
    pub(crate) fn learn(&self, problem: &Problem) {
        if let Some((_, known)) = &mut *locked(&self.suspect) {
            *known = problem.clone();
        }
    }

    /// Whether somebody should look now.
    pub(crate) fn doubt(&self, key: Key, problem: &Problem) -> bool {
        let mut doubt = locked(&self.doubt);
        let is_first = matches!(*doubt, Doubt::None) && !self.breaker.is_open();
        if is_first {
            *doubt = Doubt::Raised(key, problem.clone());
        }
        is_first
    }

    /// What there is to look into. What was cleared before may be doubted again.
    pub(crate) fn take_doubt(&self) -> Option<(Key, Problem)> {
        let mut doubt = locked(&self.doubt);
        match std::mem::take(&mut *doubt) {
            Doubt::Raised(key, problem) => {
                *doubt = Doubt::Cleared;
                Some((key, problem))
            }
            Doubt::None | Doubt::Cleared => None,
        }
    }

    /// The key that found it dead, while it is not asked.
    pub(crate) fn suspect(&self) -> Option<Key> {
        let key = || Some(locked(&self.suspect).as_ref()?.0);
        self.breaker.is_open().then(key)?
    }

    pub(crate) fn problem(&self) -> Option<Problem> {
        let problem = || Some(locked(&self.suspect).as_ref()?.1.clone());
        self.breaker.is_open().then(problem)?
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
