//! Layouts of the file: older ones are brought forward, newer and foreign ones left alone.

use rusqlite::Connection;
use store::StoreError;

use super::super::schema::{STEPS, step};
use super::*;

fn known() -> u32 {
    u32::try_from(STEPS.len()).expect("few")
}

#[test]
fn every_older_layout_is_brought_forward_with_what_it_holds() {
    for layout in 1..known() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store.db");
        let old = Connection::open(&path).expect("a file");
        (1..=layout).for_each(|to| step(&old, to).expect("a step"));
        let insert = "INSERT INTO audit VALUES (1, 2, 'a', 'b', 'from layout', 'd')";
        old.execute(insert, []).expect("a row");
        drop(old);
        let store = open(&path).expect("opened");
        block_on(store.note(line("today"))).expect("noted");
        assert_eq!(subjects(&store), ["from layout", "today"], "layout {layout}");
    }
}

#[test]
fn a_newer_layout_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    drop(open(&path).expect("opened"));
    let newer = Connection::open(&path).expect("a file");
    newer.pragma_update(None, "user_version", 99).expect("set");
    drop(newer);
    let place = path.display().to_string();
    let refused = open(&path).err();
    assert_eq!(refused, Some(StoreError::Newer { place, found: 99, known: known() }));
}

#[test]
fn another_programs_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let other = Connection::open(&path).expect("a file");
    other.execute_batch("CREATE TABLE photos (name TEXT)").expect("a table");
    drop(other);
    let before = std::fs::read(&path).expect("read");
    assert!(matches!(open(&path), Err(StoreError::Foreign { .. })));
    assert_eq!(std::fs::read(&path).expect("read"), before);
}

#[test]
fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("store.db")).expect("opened");
    block_on(store.note(line("x"))).expect("noted");
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("known").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}
