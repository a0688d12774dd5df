//! What SQLite's errors mean for those who ask, and whether anything is accepted after them.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Error, ErrorCode, ffi};
use store::StoreError;

/// The state of one store's health.
#[derive(Debug)]
pub(super) struct Trouble {
    place: String,
    now: Mutex<Option<StoreError>>,
}

impl Trouble {
    pub(super) fn of(path: &Path) -> Self {
        Self { place: path.display().to_string(), now: Mutex::new(None) }
    }

    pub(super) fn now(&self) -> Option<StoreError> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, trouble: Option<StoreError>) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if !now.as_ref().is_some_and(is_lasting) {
            *now = trouble;
        }
    }

    /// A transaction was committed, so there is room.
    pub(super) fn is_over(&self) {
        self.note(None);
    }

    /// Notes that there is no room, as it was told first.
    pub(super) fn full(&self) -> StoreError {
        match self.now() {
            Some(told @ StoreError::Full { .. }) => told,
            _ => {
                let (place, reason) = (self.place.clone(), "the disk is full".to_owned());
                let full = StoreError::Full { place, reason };
                self.note(Some(full.clone()));
                full
            }
        }
    }

    /// The trouble after which nothing is even tried.
    pub(super) fn lasting(&self) -> Option<StoreError> {
        self.now().filter(is_lasting)
    }

    /// Whether an error is no fault of the one job that met it.
    pub(super) fn concerns_all(&self, error: &Error) -> bool {
        !matches!(self.meaning(error), StoreError::Unusable { .. })
            || matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly)
            )
    }

    /// Notes an error that concerns everybody.
    pub(super) fn of_all(&self, error: &Error) -> StoreError {
        let meaning = self.meaning(error);
        self.note(Some(meaning.clone()));
        meaning
    }

    /// After a failed sync nobody knows what the disk holds, and a later one that succeeds proves
    /// nothing about it. What found no room was not written, and will be once there is some.
    pub(super) fn of_commit(&self, error: &Error) -> StoreError {
        let is_io = error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure);
        if !is_io || matches!(self.meaning(error), StoreError::Full { .. }) {
            return self.of_all(error);
        }
        let damaged = self.damaged(&error);
        self.note(Some(damaged.clone()));
        damaged
    }

    /// The same, of a sync of our own.
    pub(super) fn of_sync(&self, error: &std::io::Error) -> StoreError {
        let damaged = self.damaged(error);
        self.note(Some(damaged.clone()));
        damaged
    }

    pub(super) fn meaning(&self, error: &Error) -> StoreError {
        let place = self.place.clone();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full { place, reason: error.to_string() },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => self.damaged(error),
            // SQLite has no name of its own for a file that may not grow beyond a process's limit, and
            // none for a disk that has no room for its shared memory.
            _ if matches!(
                extended(error),
                Some(ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE)
            ) =>
            {
                StoreError::Full { place, reason: error.to_string() }
            }
            _ => self.unusable(error),
        }
    }

    pub(super) fn damaged(&self, reason: &impl fmt::Display) -> StoreError {
        StoreError::Damaged { place: self.place.clone(), reason: reason.to_string() }
    }

    pub(super) fn unusable(&self, reason: &impl fmt::Display) -> StoreError {
        StoreError::Unusable { place: self.place.clone(), reason: reason.to_string() }
    }

    pub(super) fn newer(&self, found: u32, known: u32) -> StoreError {
        StoreError::Newer { place: self.place.clone(), found, known }
    }

    pub(super) fn foreign(&self) -> StoreError {
        StoreError::Foreign { place: self.place.clone() }
    }
}

fn is_lasting(trouble: &StoreError) -> bool {
    matches!(trouble, StoreError::Damaged { .. })
}

fn extended(error: &Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}
