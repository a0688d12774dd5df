//! A process that writes is killed at any point: what it was told to be kept is kept.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::*;

const FOLDER: &str = "TIDEGATE_TEST_STORE";
const WRITERS: usize = 16;
/// How many acknowledgements each round waits for before it kills.
const ROUNDS: [usize; 5] = [1, 7, 60, 300, 1_200];

#[test]
#[ignore = "no test by itself: the next one starts it as a process, and kills that"]
fn writes_until_it_is_killed() {
    let folder = std::env::var_os(FOLDER).expect("the folder of the store");
    let path = Path::new(&folder).join("store.db");
    let store = Arc::new(open(&path).expect("opened"));
    let process = std::process::id();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
    runtime.expect("a runtime").block_on(async {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    for number in 0_u64.. {
                        let subject = format!("{process}-{writer}-{number}");
                        store.note(line(&subject)).await.expect("noted");
                        let mut out = std::io::stdout().lock();
                        writeln!(out, "\nkept {subject}").and_then(|()| out.flush()).expect("told");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.expect("never ends");
        }
    });
}

#[test]
fn what_was_acknowledged_survives_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut acknowledged = HashSet::new();
    for most in ROUNDS {
        acknowledged.extend(killed_after(folder.path(), most));
        let store = open(&folder.path().join("store.db")).expect("opened");
        let kept: HashSet<String> = subjects(&store).into_iter().collect();
        let lost: Vec<_> = acknowledged.difference(&kept).collect();
        assert!(lost.is_empty(), "{} of {} lost: {lost:?}", lost.len(), acknowledged.len());
    }
    assert!(acknowledged.len() >= ROUNDS.iter().sum());
}

/// Starts this test program as the writer, kills it, and gives all that it was told.
fn killed_after(folder: &Path, most: usize) -> Vec<String> {
    let this = std::env::current_exe().expect("a test knows its program");
    let mut child = Command::new(this)
        .args(["--exact", "sqlite::tests::durability::writes_until_it_is_killed"])
        .args(["--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut kept = Vec::new();
    let out = BufReader::new(child.stdout.take().expect("piped"));
    for line in out.lines() {
        // The last line may be cut.
        let Ok(line) = line else { break };
        let Some(subject) = line.strip_prefix("kept ") else { continue };
        kept.push(subject.to_owned());
        if kept.len() == most {
            child.kill().expect("killed");
        }
    }
    let status = child.wait().expect("waited");
    assert!(!status.success(), "the writer ended by itself after {}", kept.len());
    // Its last line is whole only if the newline after it came, which `lines` does not tell.
    if kept.len() > most {
        kept.pop();
    }
    kept
}
