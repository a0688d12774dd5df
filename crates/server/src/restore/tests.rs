use drivers::sqlite::{Options, Sqlite};
use model::Timestamp;
use store::{AuditLine, AuditQuery, AuditStore};

use super::*;

fn open(path: &Path) -> Sqlite {
    Sqlite::open(&Options { path: path.to_owned(), most_bytes: None }).expect("opened")
}

async fn note(store: &Sqlite, subject: &str) {
    let [actor, action] = ["test", "note"].map(str::to_owned);
    let (subject, detail) = (subject.to_owned(), String::new());
    let line = AuditLine { at: Timestamp(1), actor, action, subject, detail };
    store.note(line).await.expect("noted");
}

async fn subjects(path: &Path) -> Vec<String> {
    let lines = open(path).audit(AuditQuery::default()).await.expect("lines");
    lines.into_iter().map(|line| line.subject).collect()
}

/// What is left in a folder of a server that was killed after it acknowledged this.
async fn killed(folder: &Path, acknowledged: &str) {
    let own = tempfile::tempdir().expect("a folder");
    let store = open(&own.path().join("store.db"));
    note(&store, acknowledged).await;
    std::fs::create_dir_all(folder).expect("a folder");
    for file in ["store.db", "store.db-wal"] {
        std::fs::copy(own.path().join(file), folder.join(file)).expect("copied");
    }
}

async fn backup_of(folder: &Path, subject: &str) -> PathBuf {
    let path = folder.join("monday.db");
    note(&open(&path), subject).await;
    path
}

#[tokio::test]
async fn what_a_killed_server_acknowledged_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, monday) = (folder.path().join("state"), backup_of(folder.path(), "monday").await);
    killed(&state, "tuesday").await;
    let restored = restore(&state, &monday).expect("restored");
    assert_eq!(subjects(&state.join("store.db")).await, ["monday"]);
    let before = restored.before.expect("kept");
    assert_eq!(before, state.join("store.db.before-1"));
    assert!(!beside(&before, "-wal").exists(), "the file alone is all of it");
    restore(&state, &before).expect("undone");
    assert_eq!(subjects(&state.join("store.db")).await, ["tuesday"]);
}

#[tokio::test]
async fn the_log_beside_a_backup_is_part_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, other) = (folder.path().join("state"), folder.path().join("other"));
    killed(&other, "tuesday").await;
    let read = |file| std::fs::read(other.join(file)).expect("read");
    let (file, log) = (read("store.db"), read("store.db-wal"));
    assert!(!log.is_empty(), "nothing is proved without one");
    let restored = restore(&state, &other.join("store.db")).expect("restored");
    assert_eq!(restored.before, None);
    assert_eq!(subjects(&state.join("store.db")).await, ["tuesday"]);
    assert_eq!((read("store.db"), read("store.db-wal")), (file, log), "they stay as they were");
}

#[tokio::test]
async fn a_damaged_store_is_put_aside_with_its_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, monday) = (folder.path().join("state"), backup_of(folder.path(), "monday").await);
    std::fs::create_dir_all(&state).expect("a folder");
    let damaged = [("store.db", "no database"), ("store.db-wal", "no log")];
    for (file, text) in damaged {
        std::fs::write(state.join(file), text.repeat(100)).expect("written");
    }
    let stale = state.join("store.db.before-1-wal");
    std::fs::write(&stale, "of one that was removed").expect("written");
    let before = restore(&state, &monday).expect("restored").before.expect("kept");
    assert_eq!(before, state.join("store.db.before-2"));
    for (file, (_, text)) in [before.clone(), beside(&before, "-wal")].iter().zip(damaged) {
        assert_eq!(std::fs::read_to_string(file).expect("read"), text.repeat(100));
    }
    assert_eq!(subjects(&state.join("store.db")).await, ["monday"]);
}
