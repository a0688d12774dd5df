//! Removes what nobody uses and nothing names.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Artifacts, guest, partial, remove};

/// A sweep that has begun. What names artifacts is looked up after that, so that what somebody let go
/// because it is named by now is either seen there, or was held meanwhile.
#[derive(Debug)]
#[must_use = "nothing is removed before its end"]
pub struct Sweep {
    artifacts: Arc<Artifacts>,
    /// What was there at its beginning, and held by nobody.
    unused: Vec<PathBuf>,
    _alone: File,
}

impl Artifacts {
    /// `None` while a guest or another sweep is there. Blocks.
    pub fn begin_sweep(self: &Arc<Self>) -> io::Result<Option<Sweep>> {
        let Some(alone) = guest::alone(&self.state)? else { return Ok(None) };
        if std::mem::replace(&mut self.known().is_sweeping, true) {
            return Ok(None);
        }
        // From here on its end is told when it is dropped.
        let mut sweep = Sweep { artifacts: Arc::clone(self), unused: Vec::new(), _alone: alone };
        sweep.unused = self.all()?;
        let known = self.known();
        sweep.unused.retain(|path| !known.holds.contains_key(path));
        drop(known);
        Ok(Some(sweep))
    }
}

impl Sweep {
    /// Removes what is not `named`, by its own path or one inside of it, and gives how much that was. Each
    /// leaves its name at once, so that a kill leaves nothing half-removed under it. Blocks.
    pub fn finish(mut self, named: &BTreeSet<PathBuf>) -> io::Result<usize> {
        let named = named.iter().filter_map(|path| self.artifacts.of(path)).collect();
        let leaving = leaving(std::mem::take(&mut self.unused), &named);
        let mut removed = 0;
        for path in leaving {
            let moved = partial(&path);
            {
                let known = self.artifacts.known();
                if known.holds.contains_key(&path) {
                    continue;
                }
                fs::rename(&path, &moved)?;
            }
            remove(&moved)?;
            removed += 1;
        }
        Ok(removed)
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        let mut known = self.artifacts.known();
        known.is_sweeping = false;
        known.holds.retain(|_, holds| *holds > 0);
    }
}

/// Of what nobody uses, what nothing names. What is being made has no name yet.
pub(super) fn leaving(mut unused: Vec<PathBuf>, named: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let is_partial = |path: &PathBuf| super::name_of(path).starts_with(super::PARTIAL);
    unused.retain(|path| !named.contains(path) && !is_partial(path));
    unused
}
