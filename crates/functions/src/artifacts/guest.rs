//! Who makes artifacts in a state folder beside its server: a function that is run locally.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// While it lasts, nothing is removed: what a guest uses only the guest knows.
#[derive(Debug)]
#[must_use = "whoever drops it is a guest no longer"]
pub struct Guest(#[expect(dead_code, reason = "its lock is what counts")] File);

impl Guest {
    /// Waits for a removal that has begun.
    pub fn enter(state: &Path) -> io::Result<Self> {
        let lock = open(state)?;
        lock.lock_shared()?;
        Ok(Self(lock))
    }
}

/// No guest is there while this is held; `None` when one is.
pub(super) fn alone(state: &Path) -> io::Result<Option<File>> {
    let lock = open(state)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn open(state: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(state.join("artifacts.lock"))
}
