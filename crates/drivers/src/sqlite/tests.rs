//! What this engine promises beyond the contracts: durability, layouts, named errors.

mod against_memory;
mod backups;
pub(super) mod crash;
mod durability;
mod faults;
mod full_disk;
mod layouts;
mod nothing_lost;
pub(super) mod power;
mod publications;
mod rows_left;

use std::path::Path;
use std::sync::Arc;

use model::Timestamp;
use store::{ApiKeyStore, AuditLine, AuditQuery, AuditStore, Store, StoreError};

use super::{Options, Sqlite};

/// A store whose folder goes with it.
struct Own {
    store: Sqlite,
    _folder: tempfile::TempDir,
}

impl std::ops::Deref for Own {
    type Target = Sqlite;

    fn deref(&self) -> &Sqlite {
        &self.store
    }
}

store::conformance!(async || {
    let folder = tempfile::tempdir().expect("a folder");
    Own { store: open(&folder.path().join("store.db")).expect("opened"), _folder: folder }
});

fn open(path: &Path) -> Result<Sqlite, StoreError> {
    Sqlite::open(&Options { path: path.to_owned(), most_bytes: None })
}

fn line(subject: &str) -> AuditLine {
    AuditLine {
        at: Timestamp(1),
        actor: "test".to_owned(),
        action: "note".to_owned(),
        subject: subject.to_owned(),
        detail: String::new(),
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn subjects(store: &Sqlite) -> Vec<String> {
    let lines = block_on(store.audit(AuditQuery::default())).expect("lines");
    lines.into_iter().rev().map(|line| line.subject).collect()
}

#[test]
fn dropping_the_store_ends_what_was_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = Arc::new(open(&path).expect("opened"));
    block_on(store.note(line("kept"))).expect("noted");
    drop(store);
    assert!(!folder.path().join("store.db-wal").exists(), "the log was not moved at the end");
    assert_eq!(subjects(&open(&path).expect("opened")), ["kept"]);
}
