//! What builds and stages keep in the state folder, each under the digest of what it was made of: it can be
//! made again, is held by whoever uses it, and goes once nobody does.

mod guest;
mod sweep;

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use guest::Guest;
pub use sweep::{Leaving, Reach, Sweep};

/// Folders that grow by one entry for each content.
const FAMILIES: [&str; 10] = [
    "stage/zip",
    "stage/inline",
    "stage/layers",
    "stage/files",
    "stage/frozen",
    "build/python",
    "build/npm",
    "build/cargo",
    "build/libraries",
    "code",
];
/// How the names end of what remembers that sources were compiled.
pub(crate) const COMPILED: &str = "compiled";
/// How the names of what is being made, or removed, begin.
const PARTIAL: &str = ".partial-";

/// The part of an artifact's path that is the same wherever its state folder is; `None` for other paths.
pub fn below_state(path: &Path) -> Option<&Path> {
    FAMILIES.iter().find_map(|family| {
        let is_family = path.parent()?.ends_with(family);
        let above = path.ancestors().nth(Path::new(family).components().count() + 1);
        is_family.then(|| path.strip_prefix(above?).ok())?
    })
}

/// The artifacts of one state folder. One for each server.
#[derive(Debug)]
pub struct Artifacts {
    state: PathBuf,
    /// The same folder, without links.
    real: PathBuf,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// How many hold it. During a sweep also what was held since it began, with 0.
    holds: HashMap<PathBuf, usize>,
    is_sweeping: bool,
}

/// An artifact that stays for as long as this does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held(Arc<Hold>);

struct Hold {
    artifacts: Arc<Artifacts>,
    path: PathBuf,
}

impl Artifacts {
    /// Makes the folders, and removes what a killed server was making unless somebody else makes things here.
    pub fn open(state: &Path) -> io::Result<Arc<Self>> {
        for family in FAMILIES {
            fs::create_dir_all(state.join(family))?;
        }
        let real = fs::canonicalize(state)?;
        let opened = Self { state: state.to_owned(), real, known: Mutex::default() };
        if let Some(_alone) = guest::alone(state)? {
            let is_partial = |path: &PathBuf| name_of(path).starts_with(PARTIAL);
            opened.all()?.iter().filter(|path| is_partial(path)).try_for_each(|it| remove(it))?;
        }
        Ok(Arc::new(opened))
    }

    /// A part of the state folder.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.state.join(name)
    }

    /// Whoever looks whether an artifact is there, or makes it, holds it first: what is held is not swept.
    pub(crate) fn hold(self: &Arc<Self>, path: PathBuf) -> Held {
        *self.known().holds.entry(path.clone()).or_default() += 1;
        Held(Arc::new(Hold { artifacts: Arc::clone(self), path }))
    }

    /// The artifact that `path` is, or lies in.
    pub(crate) fn of(&self, path: &Path) -> Option<PathBuf> {
        let below =
            path.strip_prefix(&self.state).or_else(|_| path.strip_prefix(&self.real)).ok()?;
        FAMILIES.iter().find_map(|family| {
            let name = below.strip_prefix(family).ok()?.components().next()?;
            Some(self.state.join(family).join(name))
        })
    }

    fn all(&self) -> io::Result<Vec<PathBuf>> {
        let mut all = Vec::new();
        for family in FAMILIES {
            for entry in fs::read_dir(self.state.join(family))? {
                all.push(entry?.path());
            }
        }
        Ok(all)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Whether it is of use without what it was made of. That sources were compiled is not: the bytecode lies
    /// beside them.
    pub fn is_whole(&self) -> bool {
        self.0.path.extension().is_none_or(|extension| extension != COMPILED)
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)
    }
}

impl PartialEq for Hold {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Hold {}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut known = self.artifacts.known();
        let is_sweeping = known.is_sweeping;
        let Some(holds) = known.holds.get_mut(&self.path) else { return };
        *holds -= 1;
        if *holds == 0 && !is_sweeping {
            known.holds.remove(&self.path);
        }
    }
}

/// A name beside `finished` for what is not whole yet.
pub(crate) fn partial(finished: &Path) -> PathBuf {
    finished.with_file_name(format!("{PARTIAL}{:016x}", fastrand::u64(..)))
}

fn name_of(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

fn remove(path: &Path) -> io::Result<()> {
    let is_folder = fs::symlink_metadata(path)?.is_dir();
    if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

#[cfg(test)]
mod tests;
