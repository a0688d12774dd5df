//! Durable queues of the real server: nothing is lost through kills, and backups bring all of it back.

mod client;
mod ledger;
mod load;

use rustix::process::Signal;
use serde_json::json;

use crate::TestPlatform;
use client::Client;
use load::Load;

const STACK: &str = "
name: queues
queues:
  jobs: { visibility: 5s }
  jobs.fifo: { visibility: 5s }
";
const MESSAGES: &str = "TIDEGATE_TEST_MESSAGES";
/// What is acknowledged before the test ends, unless it is told.
const FEW: usize = 2_000;
/// So many times the server is killed meanwhile, and once more for each of so many messages.
const KILLS: usize = 8;
const A_KILL: usize = 20_000;

/// Sixteen producers, sixteen consumers, and a server that is killed at random points.
#[test]
fn a_server_that_is_killed_again_and_again_loses_no_message() {
    let wanted = std::env::var_os(MESSAGES).map_or(FEW, |text| {
        text.to_str().and_then(|text| text.parse().ok()).expect("a number of messages")
    });
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(folder.path(), &[("tidegate.yaml", STACK)]);
    let mut platform = TestPlatform::serve_folder(folder.path());
    let load = Load::start(&platform.aws);
    let kills = KILLS + wanted / A_KILL;
    for kill in 1..=kills {
        load.wait_for(wanted * kill / (kills + 1));
        platform.signal(Signal::KILL);
        assert!(!platform.wait().success());
        platform = TestPlatform::serve_folder(folder.path());
        load.goes_on(&platform.aws);
    }
    load.wait_for(wanted);
    let ledger = load.end();
    println!("{} through {kills} kills", ledger.summary());
    ledger.check();
}

#[test]
fn a_backup_brings_back_what_was_there() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(folder.path(), &[("tidegate.yaml", STACK)]);
    let platform = TestPlatform::serve_folder(folder.path());
    let client = Client::of(&platform.aws);
    for body in ["a", "b"] {
        client.ask("SendMessage", "jobs", json!({ "MessageBody": body })).expect("sent");
    }
    let file = folder.path().join("monday.db");
    let name = file.to_str().expect("UTF-8").to_owned();
    let said = platform.tidegate(&["backup", &name]).said();
    assert_eq!(said.exit, Some(0), "{}", said.err);
    assert!(said.out.starts_with("wrote "), "{}", said.out);
    let again = platform.tidegate(&["backup", &name]).said();
    assert_eq!(again.exit, Some(2), "a backup replaces none: {}", again.err);
    client.ask("PurgeQueue", "jobs", json!({})).expect("purged");
    client.ask("SendMessage", "jobs", json!({ "MessageBody": "later" })).expect("sent");

    let running = platform.tidegate(&["restore", &name]).said();
    assert_ne!(running.exit, Some(0), "of a running server: {}", running.out);
    let stack = folder.path().to_str().expect("UTF-8").to_owned();
    drop(platform);
    let cut = folder.path().join("cut.db");
    let whole = std::fs::read(&file).expect("read");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("written");
    let restore =
        |file: &str| crate::program::run(folder.path(), &["restore", file, "--dir", &stack]).said();
    let damaged = restore(cut.to_str().expect("UTF-8"));
    assert!(damaged.err.contains("damaged"), "{}", damaged.err);
    let restored = restore(&name);
    assert_eq!(restored.exit, Some(0), "{}", restored.err);
    assert!(restored.out.contains("store.db.before-1"), "{}", restored.out);

    let cut_off = folder.path().join(".tidegate/backup-1700000000000.db.part");
    std::fs::write(&cut_off, "what a killed server left of a backup").expect("written");
    assert_eq!(received(folder.path()), ["a", "b"]);
    assert!(!cut_off.exists(), "as large as the store, and of no use");
}

/// What was acknowledged last is in the log beside the file when the server is killed.
#[test]
fn a_restore_is_undone_by_another() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(folder.path(), &[("tidegate.yaml", STACK)]);
    let mut platform = TestPlatform::serve_folder(folder.path());
    let client = Client::of(&platform.aws);
    let file = folder.path().join("monday.db");
    let name = file.to_str().expect("UTF-8").to_owned();
    assert_eq!(platform.tidegate(&["backup", &name]).said().exit, Some(0));
    client.ask("SendMessage", "jobs", json!({ "MessageBody": "tuesday" })).expect("sent");
    platform.signal(Signal::KILL);
    assert!(!platform.wait().success());
    drop(platform);
    let stack = folder.path().to_str().expect("UTF-8").to_owned();
    let restore = |file: &str| {
        let restored =
            crate::program::run(folder.path(), &["restore", file, "--dir", &stack]).said();
        assert_eq!(restored.exit, Some(0), "{}", restored.err);
        restored.out
    };
    let told = restore(&name);
    let (_, before) = told.trim_end().split_once("what was there before is in ").expect("a path");
    restore(before);
    assert_eq!(received(folder.path()), ["tuesday"]);
}

/// The bodies of all messages, once the folder is served again.
fn received(folder: &std::path::Path) -> Vec<serde_json::Value> {
    let platform = TestPlatform::serve_folder(folder);
    let client = Client::of(&platform.aws);
    let got = client.ask("ReceiveMessage", "jobs", json!({ "MaxNumberOfMessages": 10 }));
    let got = got.expect("received");
    let messages = got["Messages"].as_array().expect("messages");
    messages.iter().map(|one| one["Body"].clone()).collect()
}
