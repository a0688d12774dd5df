//! Puts a backup in the place of what a state folder keeps.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use drivers::sqlite::backup;

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
    let sound =
        backup::check(from).map_err(|error| StartError::from(Trouble::from(error.to_string())))?;
    let before = put_in_place(&state, from).map_err(StartError::machine("state folder"))?;
    Ok(Restored { bytes: sound.bytes, before })
}

fn put_in_place(state: &State, from: &Path) -> std::io::Result<Option<PathBuf>> {
    let store = state.store();
    let fresh = state.root().join("store.db.new");
    let mut new = OpenOptions::new();
    let mut new = new.write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    std::io::copy(&mut File::open(from)?, &mut new)?;
    new.sync_all()?;
    let before = store.exists().then(|| unused(state.root()));
    if let Some(before) = &before {
        // The log belongs to the file beside it: what a killed server acknowledged may be in it.
        rename_if_there(&beside(&store, "-wal"), &beside(before, "-wal"))?;
        std::fs::rename(&store, before)?;
    }
    remove_if_there(&beside(&store, "-wal"))?;
    remove_if_there(&beside(&store, "-shm"))?;
    std::fs::rename(fresh, &store)?;
    File::open(state.root())?.sync_all()?;
    Ok(before)
}

/// A name that nothing has yet.
fn unused(root: &Path) -> PathBuf {
    let names = (1..).map(|number| root.join(format!("store.db.before-{number}")));
    names.into_iter().find(|path| !path.exists()).unwrap_or_else(|| root.join("store.db.before"))
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
