//! Copies made while the store is in use.

use rusqlite::Connection;
use store::StoreError;

use super::super::backup::check;
use super::*;

fn filled(path: &Path, lines: usize) -> Sqlite {
    let store = open(path).expect("opened");
    for number in 0..lines {
        block_on(store.note(line(&format!("{number}")))).expect("noted");
    }
    store
}

#[test]
fn a_copy_has_the_state_of_its_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = filled(&folder.path().join("store.db"), 20);
    let copy = folder.path().join("copy.db");
    let bytes = block_on(store.back_up(copy.clone())).expect("copied");
    block_on(store.note(line("later"))).expect("noted");
    let sound = check(&copy).expect("sound");
    assert_eq!(sound.bytes, bytes);
    let copied = open(&copy).expect("opened");
    assert_eq!(subjects(&copied), (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(subjects(&store).len(), 21);
}

#[test]
fn changes_go_on_while_a_copy_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Arc::new(filled(&folder.path().join("store.db"), 50));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
    let noted = runtime.expect("a runtime").block_on(async {
        let copy = folder.path().join("copy.db");
        let (copying, changing) = (Arc::clone(&store), Arc::clone(&store));
        let copying = tokio::spawn(async move { copying.back_up(copy).await });
        let mut noted = 50;
        while !copying.is_finished() {
            changing.note(line(&format!("{noted}"))).await.expect("noted");
            noted += 1;
        }
        copying.await.expect("no panic").expect("copied");
        noted
    });
    assert_eq!(subjects(&store).len(), noted);
    let copied = subjects(&open(&folder.path().join("copy.db")).expect("opened"));
    let expected: Vec<_> = (0..copied.len()).map(|number| number.to_string()).collect();
    assert!((50..=noted).contains(&copied.len()), "{} of {noted}", copied.len());
    assert_eq!(copied, expected, "all changes up to one moment, and none after it");
}

#[test]
fn a_copy_replaces_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = filled(&folder.path().join("store.db"), 1);
    let taken = folder.path().join("letter");
    std::fs::write(&taken, "dear friend").expect("written");
    let refused = block_on(store.back_up(taken.clone()));
    assert!(matches!(refused, Err(StoreError::Unusable { .. })), "{refused:?}");
    assert_eq!(std::fs::read(&taken).expect("read"), b"dear friend");
}

#[test]
fn what_is_no_sound_copy_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = filled(&folder.path().join("store.db"), 300);
    let copy = folder.path().join("copy.db");
    block_on(store.back_up(copy.clone())).expect("copied");
    let whole = std::fs::read(&copy).expect("read");
    let changed = |bytes: &[u8]| {
        std::fs::write(&copy, bytes).expect("written");
        check(&copy).expect_err("not sound")
    };
    let cut = changed(&whole[..whole.len() / 2]);
    assert!(matches!(cut, StoreError::Damaged { .. }), "{cut}");
    let mut holed = whole.clone();
    holed[8_192..12_288].fill(0xa5);
    let holed = changed(&holed);
    assert!(matches!(holed, StoreError::Damaged { .. }), "{holed}");
    let empty = changed(b"");
    assert!(matches!(empty, StoreError::Foreign { .. }), "{empty}");
    std::fs::remove_file(&copy).expect("removed");
    let other = Connection::open(&copy).expect("a file");
    other.execute_batch("CREATE TABLE photos (name TEXT)").expect("a table");
    drop(other);
    assert!(matches!(check(&copy), Err(StoreError::Foreign { .. })));
}
