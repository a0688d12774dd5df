//! Puts a backup in the place of what a state folder keeps.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use drivers::sqlite::backup;
use store::StoreError;

use crate::start::StartError;
use crate::state::State;
use crate::trouble::Trouble;

/// What was put in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub bytes: u64,
    /// Where that is now which was there before.
    pub before: Option<PathBuf>,
}

/// Refuses a folder whose server runs and a file that is not a sound backup, before it changes
/// anything. What was there before is kept under another name. Blocks.
pub fn restore(state: &Path, from: &Path) -> Result<Restored, StartError> {
    let state = State::open(state)?;
    let unsound = |error: StoreError| StartError::from(Trouble::from(error.to_string()));
    backup::check(from).map_err(unsound)?;
    let fresh = state.root().join("store.db.new");
    remove_if_there(&fresh).map_err(StartError::machine("state folder"))?;
    // A store that a killed server left is a file and a log: both were found sound together.
    let bytes = backup::copy(from, &fresh).map_err(unsound)?;
    let before = put_in_place(&state, &fresh).map_err(StartError::machine("state folder"))?;
    Ok(Restored { bytes, before })
}

/// Wherever it is stopped, there is a store under its own name, the one before or the new one.
fn put_in_place(state: &State, fresh: &Path) -> std::io::Result<Option<PathBuf>> {
    let store = state.store();
    let before = store.exists().then(|| unused(state.root()));
    if let Some(before) = &before {
        // What a killed server acknowledged may be in the log. A damaged store keeps its own.
        if backup::complete(&store).is_err() {
            rename_if_there(&beside(&store, "-wal"), &beside(before, "-wal"))?;
        }
        // Not every file system has links.
        std::fs::hard_link(&store, before).or_else(|_| std::fs::rename(&store, before))?;
    }
    remove_if_there(&beside(&store, "-wal"))?;
    remove_if_there(&beside(&store, "-shm"))?;
    std::fs::rename(fresh, &store)?;
    File::open(state.root())?.sync_all()?;
    Ok(before)
}

/// A name that nothing has yet, and no log of one that was removed.
fn unused(root: &Path) -> PathBuf {
    let mut names = (1..).map(|number| root.join(format!("store.db.before-{number}")));
    let is_unused = |path: &PathBuf| !path.exists() && !beside(path, "-wal").exists();
    names.find(is_unused).unwrap_or_else(|| root.join("store.db.before"))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn rename_if_there(from: &Path, to: &Path) -> std::io::Result<()> {
    there(std::fs::rename(from, to))
}

fn remove_if_there(path: &Path) -> std::io::Result<()> {
    there(std::fs::remove_file(path))
}

fn there(done: std::io::Result<()>) -> std::io::Result<()> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests;
