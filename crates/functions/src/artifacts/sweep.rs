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
#[must_use = "nothing leaves before its end"]
pub struct Sweep {
    artifacts: Arc<Artifacts>,
    /// What was there at its beginning, and held by nobody.
    unused: Vec<PathBuf>,
    _alone: File,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What is staged, and made again in no time.
    Stages,
    /// Builds as well, for which tools and package indexes are needed.
    Everything,
}

/// What has lost its name, and lies there until it is removed.
#[derive(Debug)]
#[must_use = "it is still on the disk"]
pub struct Leaving(Vec<PathBuf>);

impl Artifacts {
    /// `None` while a guest or another sweep is there. Blocks.
    pub fn begin_sweep(self: &Arc<Self>, reach: Reach) -> io::Result<Option<Sweep>> {
        let Some(alone) = guest::alone(&self.state)? else { return Ok(None) };
        if std::mem::replace(&mut self.known().is_sweeping, true) {
            return Ok(None);
        }
        // From here on its end is told when it is dropped.
        let mut sweep = Sweep { artifacts: Arc::clone(self), unused: Vec::new(), _alone: alone };
        sweep.unused = self.all()?;
        let known = self.known();
        let builds = self.state.join("build");
        let is_reached = |path: &PathBuf| reach == Reach::Everything || !path.starts_with(&builds);
        sweep.unused.retain(|path| is_reached(path) && !known.holds.contains_key(path));
        drop(known);
        Ok(Some(sweep))
    }
}

impl Sweep {
    /// Takes its name from what is not `named`, by its own path or one inside of it: in no time, and a kill leaves
    /// nothing half-removed under a name. Blocks.
    pub fn finish(mut self, named: &BTreeSet<PathBuf>) -> io::Result<Leaving> {
        let named = named.iter().filter_map(|path| self.artifacts.of(path)).collect();
        let mut moved = Vec::new();
        for path in leaving(std::mem::take(&mut self.unused), &named) {
            let nameless = partial(&path);
            let known = self.artifacts.known();
            if !known.holds.contains_key(&path) {
                fs::rename(&path, &nameless)?;
                moved.push(nameless);
            }
        }
        Ok(Leaving(moved))
    }
}

impl Leaving {
    /// Gives how much it was. Takes its time, and blocks.
    pub fn remove(self) -> io::Result<usize> {
        self.0.iter().try_for_each(|path| remove(path))?;
        Ok(self.0.len())
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
