//! The state folder: one server at a time, its layout, and where others find the running server.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use drivers::sqlite::{Options, Sqlite};
use model::{FunctionName, Timestamp};
use rustix::fs::{FlockOperation, flock};
use store::Store;

use crate::start::StartError;

const ADDRESSES: &str = "server.json";

/// Where a running server is reached.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Addresses {
    pub api: String,
    pub admin: String,
    pub aws: String,
    /// The file of keys that calls of the AWS APIs must be signed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_credentials: Option<PathBuf>,
}

/// A state folder that this process holds.
#[derive(Debug)]
pub(crate) struct State {
    root: PathBuf,
    /// Carries the process id; locked for as long as the server lives, however it ends.
    lock: File,
}

impl State {
    /// Creates what is missing and takes the folder; a folder that a running server holds is
    /// refused.
    pub(crate) fn open(root: &Path) -> Result<Self, StartError> {
        let unusable = |error: std::io::Error| StartError::State { path: root.to_owned(), error };
        create(root).map_err(unusable)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(root.join("lock"))
            .map_err(unusable)?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(StartError::StateTaken {
                path: root.to_owned(),
                holder: holder(&mut lock),
            });
        }
        lock.set_len(0).and_then(|()| lock.rewind()).map_err(unusable)?;
        write!(lock, "{}", std::process::id()).map_err(unusable)?;
        Ok(Self { root: root.to_owned(), lock })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn unusable(&self, error: std::io::Error) -> StartError {
        StartError::State { path: self.root.clone(), error }
    }

    pub(crate) fn access_log(&self) -> PathBuf {
        self.root.join("logs/access.log")
    }

    /// What quotas have counted, and which keys are paused.
    pub(crate) fn counts(&self) -> PathBuf {
        self.root.join("counts")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.root.join("store.db")
    }

    /// Opens everything that outlives the server. Blocks.
    pub(crate) fn open_store(&self) -> Result<Arc<dyn Store>, StartError> {
        let options = Options { path: self.store(), most_bytes: None };
        match Sqlite::open(&options) {
            Ok(store) => Ok(Arc::new(store)),
            Err(error) => Err(StartError::Trouble(error.to_string().into())),
        }
    }

    /// Lets the other commands find this server; written whole or not at all.
    pub(crate) fn publish(&self, addresses: &Addresses) -> std::io::Result<()> {
        let text = serde_json::to_vec(addresses)?;
        let fresh = self.root.join("server.json.new");
        std::fs::write(&fresh, text)?;
        std::fs::rename(fresh, addresses_file(&self.root))
            .map_err(|error| std::io::Error::new(error.kind(), format!("{ADDRESSES}: {error}")))
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(addresses_file(&self.root));
        let _ = self.lock.set_len(0);
    }
}

/// The addresses of the server that holds this state folder, if one does.
pub fn running(root: &Path) -> std::io::Result<Option<Addresses>> {
    let Ok(lock) = File::open(root.join("lock")) else { return Ok(None) };
    // A server that was killed leaves its addresses behind, but never its lock.
    if flock(&lock, FlockOperation::NonBlockingLockShared).is_ok() {
        return Ok(None);
    }
    match std::fs::read(addresses_file(root)) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What functions and processes wrote, at most so old, from the files that a server left in this state
/// folder: JSON lines by time. `None` if nobody of this name wrote anything.
pub fn left_logs(
    root: &Path,
    of: Option<&FunctionName>,
    oldest: Timestamp,
) -> std::io::Result<Option<Vec<String>>> {
    functions::logs::left(&root.join("logs"), of, oldest)
}

fn addresses_file(root: &Path) -> PathBuf {
    root.join(ADDRESSES)
}

fn holder(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Makes what is missing of a state folder.
pub(crate) fn create(root: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(root.join("logs"))?;
    keep_out_of_git(root)
}

/// State lies inside the user's repository by default and must never be committed.
fn keep_out_of_git(root: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).open(root.join(".gitignore")) {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Addresses {
        Addresses { api: "a".into(), admin: "b".into(), aws: "c".into(), aws_credentials: None }
    }

    #[test]
    fn a_held_folder_is_refused_and_names_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path()).unwrap();
        let Err(StartError::StateTaken { holder, .. }) = State::open(folder.path()) else {
            panic!("a second server took the folder");
        };
        assert_eq!(holder, Some(std::process::id()));
        drop(state);
        State::open(folder.path()).unwrap();
    }

    #[test]
    fn a_server_is_found_only_while_it_runs() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(running(folder.path()).unwrap(), None);
        let state = State::open(folder.path()).unwrap();
        assert_eq!(running(folder.path()).unwrap(), None);
        state.publish(&addresses()).unwrap();
        assert_eq!(running(folder.path()).unwrap(), Some(addresses()));
        drop(state);
        assert_eq!(running(folder.path()).unwrap(), None);
    }

    #[test]
    fn what_a_killed_server_left_is_not_a_server() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path()).unwrap();
        state.publish(&addresses()).unwrap();
        rustix::fs::flock(&state.lock, FlockOperation::Unlock).unwrap();
        assert_eq!(running(folder.path()).unwrap(), None);
    }
}
