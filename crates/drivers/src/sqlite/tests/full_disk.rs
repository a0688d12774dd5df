//! A disk without room: who makes some is let in. A small disk in memory, which takes root to mount.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use model::QueueName;
use store::{Claim, Discipline, Message, MessageId, MessageStore, Put, QueueId, Settled};

use super::*;

struct Disk(tempfile::TempDir);

impl Disk {
    /// `None` for who is not root.
    fn mount() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("not tried: it takes root to mount a small disk");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut mount = Command::new("mount");
        let mounted =
            mount.args(["-t", "tmpfs", "-o", "size=80m", "tmpfs"]).arg(folder.path()).status();
        assert!(mounted.expect("a program of the system").success());
        Some(Self(folder))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Leaves nothing but this much.
    fn fill(&self, leaving: u64) {
        let ballast = File::options().create(true).append(true).open(self.path("ballast"));
        let mut ballast = ballast.expect("a file");
        for size in [1 << 20, 1 << 12] {
            let piece = vec![1; size];
            while ballast.write_all(&piece).is_ok() {}
        }
        let length = ballast.metadata().expect("a file").len();
        ballast.set_len(length - leaving).expect("shorter");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

fn put(store: &Sqlite, queue: QueueId) -> Result<(), StoreError> {
    let id = MessageId::random(fastrand::u128(..).to_ne_bytes());
    let body = "x".repeat(200_000).into();
    let message = Message { id, sent: Timestamp(1), group: None, body, extras: None, md5: None };
    block_on(store.put(queue, vec![Put::new(message)])).map(drop)
}

#[test]
fn who_makes_room_is_let_in() {
    let Some(disk) = Disk::mount() else { return };
    let store = open(&disk.path("store.db")).expect("opened");
    let name = QueueName::parse("jobs").expect("a name");
    let queue = block_on(store.make_queue(name, Discipline::Standard, [1; 16])).expect("made").id;
    for _ in 0..60 {
        put(&store, queue).expect("put");
    }
    disk.fill(0);
    let error = loop {
        if let Err(error) = put(&store, queue) {
            break error;
        }
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert_eq!(put(&store, queue), Err(error.clone()), "the reserve is not for messages");
    assert_eq!(store.trouble(), Some(error.clone()));

    let claim = Claim {
        most: 10,
        most_in_flight: usize::MAX,
        now: Timestamp(2),
        until: Timestamp(30),
        sent_since: Timestamp(0),
    };
    let claims = block_on(store.claim(queue, claim)).expect("claimed");
    let receipts: Vec<_> = claims.messages.iter().map(|one| one.receipt).collect();
    assert_eq!(receipts.len(), 10);
    let settled = block_on(store.delete(queue, receipts, Timestamp(3))).expect("deleted");
    assert!(settled.iter().all(|one| *one == Settled::Done), "{settled:?}");
    drop(store);

    // The room of the log, which went with the store.
    disk.fill(8 << 20);
    let store = open(&disk.path("store.db")).expect("opened");
    let error =
        put(&store, queue).expect_err("the reserve is not for messages after a start either");
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    block_on(store.note(line("purge"))).expect("noted");
    block_on(store.purge(queue)).expect("purged");
    assert_eq!(store.trouble(), Some(error), "room for others is another matter");

    std::fs::remove_file(disk.path("ballast")).expect("removed");
    put(&store, queue).expect("there is room");
    assert_eq!(store.trouble(), None);
    assert!(disk.path("store.db-reserve").exists(), "for the next time");
    let tally = block_on(store.tally(queue, Timestamp(4))).expect("a tally");
    assert_eq!(tally.visible, 1);
}

#[test]
fn what_was_deleted_makes_room_inside_the_file() {
    let Some(disk) = Disk::mount() else { return };
    let store = open(&disk.path("store.db")).expect("opened");
    let name = QueueName::parse("jobs").expect("a name");
    let queue = block_on(store.make_queue(name, Discipline::Standard, [1; 16])).expect("made").id;
    for _ in 0..150 {
        put(&store, queue).expect("put");
    }
    // A log that is still to be moved would take the reserve for the file's growth.
    drop(store);
    let store = open(&disk.path("store.db")).expect("opened");
    disk.fill(0);
    while put(&store, queue).is_ok() {}
    block_on(store.purge(queue)).expect("purged");
    let tidy = || block_on(store.tidy(Vec::new(), Timestamp(2), 100)).expect("tidied");
    while tidy().more {}
    put(&store, queue).expect("there is room in the file");
    assert_eq!(store.trouble(), None);
}
