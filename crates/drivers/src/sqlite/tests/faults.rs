//! A full disk and a damaged file have names, and nothing is accepted meanwhile.

use std::io::{Seek, SeekFrom, Write};

use model::QueueName;
use rusqlite::{Connection, Error, ffi};
use store::{
    Claim, Discipline, Message, MessageId, MessageStore, Placed, Put, QueueId, StoreError,
};

use super::super::trouble::Trouble;
use super::*;

/// Fills a store whose file may not grow until it refuses; gives the subjects acknowledged.
fn fill(store: &Sqlite) -> (Vec<String>, StoreError) {
    let mut acknowledged = Vec::new();
    loop {
        let subject = format!("{:06}{}", acknowledged.len(), "x".repeat(2_000));
        match block_on(store.note(line(&subject))) {
            Ok(()) => acknowledged.push(subject),
            Err(error) => return (acknowledged, error),
        }
    }
}

#[test]
fn a_full_store_accepts_nothing_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { path: folder.path().join("store.db"), most_bytes: Some(1_600_000) };
    let store = Sqlite::open(&options).expect("opened");
    let (acknowledged, error) = fill(&store);
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(error.to_string().contains("store.db cannot grow"), "{error}");
    assert_eq!(store.trouble(), Some(error));
    assert!(acknowledged.len() > 10, "{}", acknowledged.len());
    assert_eq!(subjects(&store), acknowledged);
    drop(store);

    let store = open(&options.path).expect("opened");
    assert_eq!(subjects(&store), acknowledged);
    block_on(store.note(line("room again"))).expect("noted");
    assert_eq!(store.trouble(), None);
}

#[test]
fn a_full_store_accepts_again_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store =
        Sqlite::open(&Options { path: path.clone(), most_bytes: Some(1_600_000) }).expect("opened");
    let (_, error) = fill(&store);
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    let tool = Connection::open(&path).expect("a file");
    tool.execute("DELETE FROM audit", []).expect("deleted");
    block_on(store.note(line("small"))).expect("noted");
    assert_eq!(store.trouble(), None);
}

#[test]
fn no_room_for_what_lies_beside_the_file_is_a_full_disk_too() {
    let trouble = Trouble::of(Path::new("store.db"));
    for code in [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_SHMSIZE] {
        let error = Error::SqliteFailure(ffi::Error::new(code), None);
        // A commit writes the log and the index beside it.
        for told in [trouble.meaning(&error), trouble.of_commit(&error)] {
            assert!(matches!(told, StoreError::Full { .. }), "{code}: {told}");
        }
        assert_eq!(trouble.lasting(), None, "{code}");
    }
}

#[test]
fn a_failed_sync_is_damage_for_good() {
    for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC] {
        let trouble = Trouble::of(Path::new("store.db"));
        let error = trouble.of_commit(&Error::SqliteFailure(ffi::Error::new(code), None));
        assert!(matches!(error, StoreError::Damaged { .. }), "{code}: {error}");
        trouble.is_over();
        assert_eq!(trouble.lasting(), Some(error), "{code}");
    }
}

#[test]
fn a_damaged_file_is_refused_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = open(&path).expect("opened");
    for number in 0..200 {
        block_on(store.note(line(&format!("{number}{}", "x".repeat(500))))).expect("noted");
    }
    drop(store);
    overwrite(&path, 4096..40_000);
    let error = open(&path).expect_err("damaged");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("put a backup in its place"), "{error}");
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    std::fs::write(&path, "a letter to a friend, which is longer than any header".repeat(100))
        .expect("written");
    let error = open(&path).expect_err("refused");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn damage_that_is_met_later_stops_the_store_for_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    drop(open(&path).expect("opened"));
    let store = open(&path).expect("opened");
    block_on(store.audit(AuditQuery::default())).expect("well so far");
    // Every page but the first; the reader has seen only some.
    let length = std::fs::metadata(&path).expect("a file").len();
    overwrite(&path, 4096..length);
    let first = block_on(store.api_keys()).expect_err("damaged");
    assert!(matches!(first, StoreError::Damaged { .. }), "{first}");
    assert_eq!(block_on(store.note(line("y"))), Err(first.clone()));
    assert_eq!(store.trouble(), Some(first));
}

fn overwrite(path: &Path, bytes: std::ops::Range<u64>) {
    let mut file = std::fs::OpenOptions::new().write(true).open(path).expect("a file");
    file.seek(SeekFrom::Start(bytes.start)).expect("there");
    let length = usize::try_from(bytes.end - bytes.start).expect("small");
    file.write_all(&vec![0xa5; length]).expect("written");
}

fn put(store: &Sqlite, queue: QueueId, body: &str) -> Result<Vec<Placed>, StoreError> {
    let id = MessageId::random(fastrand::u128(..).to_ne_bytes());
    let message =
        Message { id, sent: Timestamp(1), group: None, body: body.into(), extras: None, md5: None };
    block_on(store.put(queue, vec![Put::new(message)]))
}

#[test]
fn a_full_store_takes_no_message_and_keeps_those_it_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { path: folder.path().join("store.db"), most_bytes: Some(600_000) };
    let store = Sqlite::open(&options).expect("opened");
    let name = QueueName::parse("jobs").expect("a name");
    let make = |store: &Sqlite| {
        block_on(store.make_queue(name.clone(), Discipline::Standard, [1; 16])).expect("made").id
    };
    let queue = make(&store);
    let mut acknowledged = Vec::new();
    let error = loop {
        let body = format!("{:06}{}", acknowledged.len(), "x".repeat(2_000));
        match put(&store, queue, &body) {
            Ok(_) => acknowledged.push(body),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(acknowledged.len() > 10, "{}", acknowledged.len());
    let tally = block_on(store.tally(queue, Timestamp(2))).expect("a tally");
    assert_eq!(tally.visible, acknowledged.len() as u64, "what was refused is not counted");
    drop(store);

    let store = open(&options.path).expect("opened");
    put(&store, make(&store), "room again").expect("put");
    acknowledged.push("room again".to_owned());
    let claim = Claim {
        most: usize::MAX,
        most_in_flight: usize::MAX,
        now: Timestamp(2),
        until: Timestamp(3),
        sent_since: Timestamp(0),
    };
    let claims = block_on(store.claim(queue, claim)).expect("claimed");
    let bodies: Vec<_> =
        claims.messages.iter().map(|one| String::from(&*one.message.body)).collect();
    assert_eq!(bodies, acknowledged);
}
