//! Processes that count are killed at any moment, and what they acknowledged stays counted.
//!
//! The test starts itself again as the process to be killed: `killed child FILE|memory`.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use limits::{Ask, Decision, Limits, Local, Policy, Reply, Room, Seed, Verdict};
use model::{Moment, Now, Period, Rule, SystemClock, Timestamp, Zone};

const ROUNDS: u64 = 25;
/// Far more than is counted.
const LIMIT: u64 = 1 << 31;
const MEMORY: &str = "memory";
/// All happens within one day.
const NOW: Now = Now { moment: Moment(1 << 40), timestamp: Timestamp(1_790_000_000_000) };
const LATER: Timestamp = Timestamp(NOW.timestamp.0 + 1);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, role, place] = arguments.as_slice()
        && role == "child"
    {
        return count_until_killed(Path::new(place));
    }
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("counts");
    assert_eq!(lost_by_kills(&path), 0, "what was acknowledged stays counted");
    assert_eq!(decide(&open(&path), 4).standings()[0].verdict(), Verdict::Paused);
    let lost = lost_by_kills(&PathBuf::from(MEMORY));
    assert!(lost > 0, "memory that ends with its process loses counts, or nothing was tested");
    println!("counts and pauses outlive {ROUNDS} kills; plain memory lost {lost} counts");
}

/// Admissions that were acknowledged and are not counted any more.
fn lost_by_kills(place: &Path) -> u64 {
    let mut random = fastrand::Rng::with_seed(7);
    let mut acknowledged = [0_u64; 2];
    let mut lost = 0;
    for round in 1..=ROUNDS {
        let (mut child, mut reports) = start(place);
        let mut report = [0_u8];
        for _ in 0..random.u32(1..3000) {
            reports.read_exact(&mut report).expect("a report");
            acknowledged[usize::from(report[0])] += 1;
        }
        child.kill().expect("killed");
        let mut rest = Vec::new();
        reports.read_to_end(&mut rest).expect("the last reports");
        rest.iter().for_each(|thread| acknowledged[usize::from(*thread)] += 1);
        child.wait().expect("gone");

        let local = open(place);
        let [first, second] = acknowledged;
        for (which, expected) in [first, second, first + second, first + second].iter().enumerate()
        {
            let counted = LIMIT - decide(&local, which).standings()[0].remaining;
            lost += expected.saturating_sub(counted);
            // In each round, each thread may have counted one that it could not report any more.
            assert!(counted <= expected + 2 * round, "{counted} counted, {expected} acknowledged");
        }
    }
    lost
}

fn start(place: &Path) -> (Child, impl Read) {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .arg("child")
        .arg(place)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let reports = child.stdout.take().expect("its reports");
    (child, reports)
}

fn open(place: &Path) -> Local {
    let (seed, clock) = (Seed::new([3, 5]), Arc::new(SystemClock::start()));
    if place == Path::new(MEMORY) {
        return Local::new(seed, Local::DEFAULT_BUDGET, clock);
    }
    Local::open(place, &seed, &Room::DEFAULT, clock).expect("a file of counts")
}

/// One for each thread, two that both share, and one that is paused.
fn policies() -> [Policy; 5] {
    let rolling = Period::Rolling(Duration::from_hours(24));
    let mut number = 0;
    [Period::Day, rolling, Period::Month, rolling, Period::Week].map(|period| {
        number += 1;
        let rule = Rule::Quota { limit: LIMIT, period, zone: Zone::UTC };
        Policy::new("killed", &format!("quota {number}"), rule).expect("policy")
    })
}

fn ask<'a>(local: &Local, policies: &'a [Policy; 5], which: usize) -> Ask<'a> {
    Ask::one(&policies[which], local.seed().key(&policies[which]).finish())
}

fn decide(local: &Local, which: usize) -> Decision {
    let policies = policies();
    match local.peek(&[ask(local, &policies, which)], NOW) {
        Reply::Now(decision) => decision,
        Reply::Later(_) => panic!("a local decision is there at once"),
    }
}

/// Pauses a key, then counts on two threads as fast as it can, and says so after each.
fn count_until_killed(place: &Path) {
    let (local, policies) = (open(place), policies());
    let Reply::Now(Ok(())) = local.pause(&ask(&local, &policies, 4), LATER, NOW) else {
        panic!("paused")
    };
    std::thread::scope(|scope| {
        for thread in 0..2_u8 {
            let (local, policies) = (&local, &policies);
            scope.spawn(move || {
                let asks = [usize::from(thread), 2, 3].map(|which| ask(local, policies, which));
                let mut out = std::io::stdout();
                loop {
                    let Reply::Now(decision) = local.decide(&asks, NOW) else {
                        panic!("a local decision is there at once")
                    };
                    assert!(decision.is_allowed());
                    // One byte, one write.
                    out.write_all(&[thread]).and_then(|()| out.flush()).expect("reported");
                }
            });
        }
    });
}
