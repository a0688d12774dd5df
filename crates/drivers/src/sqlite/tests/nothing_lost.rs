//! Sixteen producers and sixteen consumers in a process that is killed again and again, also between a
//! write and its sync. `TIDEGATE_TEST_MESSAGES` says how many messages must be acknowledged in all.

mod ledger;
mod load;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::crash;
use super::*;
use ledger::Ledger;

const FOLDER: &str = "TIDEGATE_TEST_QUEUES";
const MESSAGES: &str = "TIDEGATE_TEST_MESSAGES";
/// What is acknowledged before the test ends, unless it is told.
const FEW: usize = 6_000;

#[test]
#[ignore = "no test by itself: the next one starts it as a process, and kills that"]
fn sends_and_receives_until_it_is_killed() {
    let folder = std::env::var_os(FOLDER).expect("the folder of the store");
    load::run(Path::new(&folder));
}

#[test]
fn no_message_is_lost_or_received_twice_while_it_is_hidden() {
    let wanted = std::env::var_os(MESSAGES).map_or(FEW, |text| {
        text.to_str().and_then(|text| text.parse().ok()).expect("a number of messages")
    });
    let seed = fastrand::u64(..);
    let mut chance = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a folder");
    let mut ledger = Ledger::default();
    let mut rounds = 0;
    while ledger.acknowledged() < wanted {
        let most = chance.usize(1..wanted / 8);
        let crash = (rounds % 2 == 1).then(|| {
            let point = crash::POINTS[rounds / 2 % crash::POINTS.len()];
            format!("{point}:{}", chance.u64(1..wanted as u64 / 40))
        });
        println!("seed {seed}, round {rounds}: {most} lines, then killed; or at {crash:?}");
        live(folder.path(), most, crash, &mut ledger);
        rounds += 1;
    }
    ledger.check();
    let left = load::drain(folder.path());
    ledger.close(&left);
    println!("{} in {rounds} rounds", ledger.summary());
}

/// One life of the process, to a violent end.
fn live(folder: &Path, most: usize, crash: Option<String>, ledger: &mut Ledger) {
    let this = std::env::current_exe().expect("a test knows its program");
    let mut command = Command::new(this);
    command
        .args(["--exact", "sqlite::tests::nothing_lost::sends_and_receives_until_it_is_killed"])
        .args(["--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(crash) = crash {
        command.env(crash::VARIABLE, crash);
    }
    let mut child = command.spawn().expect("started");
    read(&mut child, most, ledger);
    let status = child.wait().expect("waited");
    assert!(!status.success(), "it ended by itself");
    ledger.died();
}

fn read(child: &mut Child, most: usize, ledger: &mut Ledger) {
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    let mut lines = 0;
    while out.read_line(&mut line).is_ok_and(|length| length > 0) {
        // The last line may be cut.
        if line.ends_with('\n') && ledger.note(line.trim_end()) {
            lines += 1;
            if lines == most {
                child.kill().expect("killed");
            }
        }
        line.clear();
    }
}
