use std::sync::Arc;
use std::time::Duration;

use model::{ByteSize, Clock, ManualClock, Period, Rule, Timestamp, Zone};
use proptest::prelude::*;

use super::*;
use crate::{Ask, InForce, Limits, Local, Look, Policy, Reply, Verdict};

const ROOM: Room =
    Room { rates: ByteSize::kib(64), quotas: 64, rolling: 64, pauses: 64, ..Room::DEFAULT };

fn open(path: &Path, room: &Room) -> Result<Local, OpenProblem> {
    let clock = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
    Local::open(path, &Seed::new([1, 2]), room, clock)
}

fn said(path: &Path, room: &Room) -> String {
    let problem = open(path, room).expect_err("a problem").to_string();
    problem.replace(&path.display().to_string(), "FILE")
}

fn quota(period: Period) -> Policy {
    let rule = Rule::Quota { limit: 10, period, zone: Zone::UTC };
    Policy::new("plans", "quota", rule).expect("policy")
}

fn remaining(local: &Local, policy: &Policy, now: model::Now) -> (u64, bool) {
    let ask = Ask::one(policy, local.seed().key(policy).text(b"alice").finish());
    let Reply::Now(decision) = local.peek(&[ask], now) else { panic!("a local decision") };
    (decision.standings()[0].remaining, decision.is_allowed())
}

#[test]
fn quotas_and_pauses_outlive_the_process() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("counts");
    let clock = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
    let local = || {
        let seed = Seed::new([fastrand::u64(..), fastrand::u64(..)]);
        Local::open(&path, &seed, &ROOM, clock.clone()).expect("a file of counts")
    };
    let policies =
        [Period::Day, Period::Week, Period::Month, Period::Rolling(Duration::from_hours(1))]
            .map(quota);
    let first = local();
    let until = Timestamp(clock.timestamp().0 + 1000);
    for policy in &policies {
        let ask = Ask::one(policy, first.seed().key(policy).text(b"alice").finish());
        drop(first.decide(&[ask.cost(3)], clock.now()));
        let Reply::Now(Ok(())) = first.pause(&ask, until, clock.now()) else { panic!("paused") };
    }
    drop(first);
    for policy in &policies {
        assert_eq!(remaining(&local(), policy, clock.now()), (7, false));
    }
    clock.advance(Duration::from_secs(1));
    for policy in &policies {
        assert_eq!(remaining(&local(), policy, clock.now()), (7, true));
    }
}

#[test]
fn more_room_keeps_what_was_counted() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("counts");
    let now = ManualClock::at(Timestamp(1_790_000_000_000)).now();
    let policies = [Period::Day, Period::Rolling(Duration::from_hours(1))].map(quota);
    let key = |local: &Local, policy: &Policy, caller: u64| {
        local.seed().key(policy).text(&caller.to_le_bytes()).finish()
    };
    let small = open(&path, &ROOM).expect("new");
    for policy in &policies {
        for caller in 0..20 {
            let ask = Ask::one(policy, key(&small, policy, caller));
            drop(small.decide(&[ask.cost(caller % 10)], now));
        }
        let until = Timestamp(now.timestamp.0 + 1000);
        let paused = small.pause(&Ask::one(policy, key(&small, policy, 0)), until, now);
        assert!(matches!(paused, Reply::Now(Ok(()))));
    }
    let usage = small.usage();
    assert_eq!((usage.quotas.evictions, usage.rolling.evictions), (0, 0));
    drop(small);
    let more = Room { quotas: 1000, rolling: 300, ..ROOM };
    for room in [&more, &more] {
        let large = open(&path, room).expect("grown");
        assert_eq!((large.usage().quotas.capacity, large.usage().rolling.capacity), (1000, 300));
        for policy in &policies {
            for caller in 0..20 {
                let ask = Ask::one(policy, key(&large, policy, caller));
                let Reply::Now(decision) = large.peek(&[ask], now) else { panic!("local") };
                let left = decision.standings()[0].remaining;
                let is_paused = caller == 0;
                assert_eq!((left, decision.is_allowed()), (10 - caller % 10, !is_paused));
            }
        }
    }
    assert!(!path.with_extension("new").exists());
}

#[test]
fn whom_an_earlier_process_closed_or_exhausted_is_known_once_it_asks() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("counts");
    let (paused, exhausted) = (quota(Period::Day), quota(Period::Week));
    let now = ManualClock::at(Timestamp(1_790_000_000_000)).now();
    let ask = |local: &Local, policy: &Policy, cost| {
        let key = local.seed().key(policy).text(b"alice").finish();
        drop(local.decide(&[Ask::one(policy, key).cost(cost).named(&"alice")], now));
    };
    let first = open(&path, &ROOM).expect("new");
    ask(&first, &exhausted, 10);
    let key = first.seed().key(&paused).text(b"alice").finish();
    let until = Timestamp(now.timestamp.0 + 1000);
    let Reply::Now(Ok(())) = first.pause(&Ask::one(&paused, key), until, now) else {
        panic!("paused")
    };
    drop(first);
    let second = open(&path, &ROOM).expect("a file of counts");
    for policy in [&paused, &exhausted] {
        ask(&second, policy, 1);
    }
    let Reply::Now(Ok(entries)) = second.inspect(&Look::default(), now) else { panic!("entries") };
    let known: Vec<_> = entries.iter().map(|e| (&*e.name.text, e.used, e.paused_until)).collect();
    assert_eq!(known, [("alice", 0, Some(until)), ("alice", 10, None)]);
}

/// Whichever of a request's limits it is that denies.
#[test]
fn whom_an_earlier_process_exhausted_is_known_by_one_limit_of_several() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("counts");
    let (wide, exhausted) = (quota(Period::Day), quota(Period::Week));
    let now = ManualClock::at(Timestamp(1_790_000_000_000)).now();
    let key = |local: &Local, policy: &Policy, name: &str| {
        local.seed().key(policy).text(name.as_bytes()).finish()
    };
    let first = open(&path, &ROOM).expect("new");
    drop(first.decide(&[Ask::one(&exhausted, key(&first, &exhausted, "alice")).cost(10)], now));
    drop(first);
    let second = open(&path, &ROOM).expect("a file of counts");
    let asks = [&wide, &exhausted]
        .map(|policy| Ask::one(policy, key(&second, policy, "alice")).named(&"alice"));
    drop(second.decide(&asks, now));
    let Reply::Now(Ok(entries)) = second.inspect(&Look::default(), now) else { panic!("entries") };
    let known: Vec<_> = entries.iter().map(|e| (&*e.name.text, e.used)).collect();
    assert_eq!(known, [("alice", 10)]);
}

/// Whoever is paused may not come back before the pause ends.
#[test]
fn whom_an_earlier_process_paused_is_known_by_name_at_once() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("counts");
    let policy = quota(Period::Day);
    let now = ManualClock::at(Timestamp(1_790_000_000_000)).now();
    let until = Timestamp(now.timestamp.0 + 1000);
    let key = |local: &Local, name: &str| local.seed().key(&policy).text(name.as_bytes()).finish();
    let paused = |local: &Local| {
        let in_force = Some([policy.clone()].into_iter().collect());
        let look = Look { in_force, ..Look::default() };
        let Reply::Now(Ok(entries)) = local.inspect(&look, now) else { panic!("entries") };
        entries
            .into_iter()
            .map(|entry| (entry.name.text.to_string(), entry.paused_until))
            .collect::<Vec<_>>()
    };
    let first = open(&path, &ROOM).expect("new");
    for name in ["x=a b", "x=\u{e9}"] {
        let ask = Ask::one(&policy, key(&first, name));
        let Reply::Now(Ok(())) = first.pause(&ask.named(&name), until, now) else {
            panic!("paused")
        };
    }
    drop(first);
    let second = open(&path, &ROOM).expect("a file of counts");
    let both = [("x=a b".to_owned(), Some(until)), ("x=\u{e9}".to_owned(), Some(until))];
    assert_eq!(paused(&second), both);
    let Reply::Now(Ok(())) = second.resume(&Ask::one(&policy, key(&second, "x=a b")), now) else {
        panic!("resumed")
    };
    assert_eq!(paused(&second), both[1..]);
    drop(second);
    let beside = path.with_extension("paused");
    let kept = std::fs::read_to_string(&beside).expect("the names");
    assert_eq!(kept.lines().count(), 1, "a resumed caller's name is not kept: {kept}");
    // What is no name is nobody's, and stops no server.
    std::fs::write(&beside, format!("torn\n{kept}0123")).expect("written");
    assert_eq!(paused(&open(&path, &ROOM).expect("a file of counts")), both[1..]);
}

#[test]
fn what_cannot_be_gone_on_with_is_named() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("counts");
    let kept = open(&path, &ROOM).expect("new");
    let mode = std::fs::metadata(&path).expect("the file").permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    assert_eq!(
        said(&path, &ROOM),
        "counts in FILE are kept by another process; give each its own state folder"
    );
    drop(kept);
    let good = std::fs::read(&path).expect("the file");
    let anew = "; move the file away to start counting anew";
    let damaged = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        std::fs::write(&path, bytes).expect("written");
        said(&path, &ROOM).replace(anew, "")
    };
    assert_eq!(damaged(&Vec::clear), "FILE: this is not a file of counts");
    assert_eq!(damaged(&|bytes| bytes[3] = b'x'), "FILE: this is not a file of counts");
    assert_eq!(damaged(&|bytes| bytes.truncate(40)), "FILE: its first page is damaged");
    assert_eq!(damaged(&|bytes| bytes[30] ^= 1), "FILE: its first page is damaged");
    assert_eq!(
        damaged(&|bytes| bytes[16] = 2),
        "FILE: its counts are of format 2, and this version reads format 1"
    );
    let (length, cut) = (good.len(), good.len() - 8);
    assert_eq!(
        damaged(&|bytes| bytes.truncate(cut)),
        format!("FILE: it is {cut} bytes long instead of {length}")
    );
    std::fs::write(&path, &good).expect("written");
    assert_eq!(
        said(&path, &Room { quotas: 32, ..ROOM }),
        format!("FILE: it has room for more keys than are asked for{anew}")
    );
    assert!(open(&path, &ROOM).is_ok());
    assert!(said(folder.path(), &ROOM).starts_with("counts in FILE: "));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_counts_or_a_named_problem(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Header::parse(&bytes);
        let header = Header::new(&Seed::new([3, 4]), &parts(&ROOM));
        prop_assert_eq!(Header::parse(&[header.bytes(), bytes].concat()), Ok(header));
    }

    /// Whatever a disk makes of the tables, decisions are made.
    #[test]
    fn damaged_counts_panic_nowhere(words in proptest::collection::vec(any::<u64>(), 1..64), step in 0..9_000_000_000_u64) {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("counts");
        let clock = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
        let file = CountsFile::open(&path, &Seed::new([1, 2]), &ROOM).expect("new");
        let policies = [quota(Period::Day), quota(Period::Rolling(Duration::from_hours(1)))];
        // Every slot is alice's.
        for (policy, memory) in policies.iter().zip(file.memories()) {
            let key = file.seed.key(policy).text(b"alice").finish().hash();
            let width = memory.words().len() / 64;
            for (index, cell) in memory.words().iter().enumerate() {
                let word = if index % width == 0 { key } else { words[index % words.len()] };
                cell.store(word, Ordering::Relaxed);
            }
        }
        drop(file);
        let local = Local::open(&path, &Seed::new([1, 2]), &ROOM, clock.clone()).expect("opens");
        for policy in &policies {
            let ask = Ask::one(policy, local.seed().key(policy).text(b"alice").finish());
            for _ in 0..3 {
                let now = clock.now();
                drop(local.decide(&[ask.cost(2)], now));
                local.settle(&ask, 1, now, now);
                local.refund(&[ask], now, now);
                clock.advance(Duration::from_millis(step));
            }
        }
    }
}

/// The manifest may have been edited while no server ran.
#[test]
fn whom_an_earlier_process_paused_stays_so_under_a_rule_that_was_changed_since() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("counts");
    let (before, after) = (quota(Period::Day), quota(Period::Week));
    let now = ManualClock::at(Timestamp(1_790_000_000_000)).now();
    let until = Timestamp(now.timestamp.0 + 1000);
    let key = |local: &Local, policy| local.seed().key(policy).text(b"alice").finish();
    let first = open(&path, &ROOM).expect("new");
    let ask = Ask::one(&before, key(&first, &before)).named(&"alice");
    let Reply::Now(Ok(())) = first.pause(&ask, until, now) else { panic!("paused") };
    drop(first);
    let second = open(&path, &ROOM).expect("a file of counts");
    let in_force: InForce = [after.clone()].into_iter().collect();
    let Reply::Now(Ok(())) = second.carry_pauses(&in_force, now) else { panic!("carried") };
    drop(second);
    let third = open(&path, &ROOM).expect("a file of counts");
    let Reply::Now(decision) = third.decide(&[Ask::one(&after, key(&third, &after))], now) else {
        panic!("decided")
    };
    assert_eq!(decision.standings()[0].verdict(), Verdict::Paused);
    let look = Look { in_force: Some(in_force), ..Look::default() };
    let Reply::Now(Ok(entries)) = third.inspect(&look, now) else { panic!("entries") };
    let known: Vec<_> = entries.iter().map(|e| (&*e.name.text, e.paused_until)).collect();
    assert_eq!(known, [("alice", Some(until))]);
}
