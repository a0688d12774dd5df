//! What the killed processes told, and whether it can be true of queues that lose nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

/// The letter of the queue and the message's number.
type Key = (char, u64);

#[derive(Default)]
pub(super) struct Ledger {
    /// Acknowledged messages by their bodies.
    put: HashMap<String, Key>,
    copies: usize,
    claims: HashMap<Key, Vec<Claim>>,
    bodies: HashMap<Key, String>,
    /// With the count of the receipt that did it.
    deleted: HashMap<Key, u32>,
    kills: usize,
}

struct Claim {
    /// In which life of the process.
    life: usize,
    count: u32,
    /// It happened between these, since who asks may be late at the store, and the answer late here.
    asked: u64,
    got: u64,
    until: u64,
}

impl Ledger {
    pub(super) fn acknowledged(&self) -> usize {
        self.put.len()
    }

    pub(super) fn died(&mut self) {
        self.kills += 1;
    }

    /// Whether the line was one of ours.
    pub(super) fn note(&mut self, line: &str) -> bool {
        let words: Vec<_> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u64>().expect("a number");
        let key = || (words[1].chars().next().expect("a letter"), number(2));
        match words[0] {
            "put" => {
                let twice = self.put.insert(words[3].to_owned(), key());
                assert_eq!(twice, None, "kept twice: {line}");
            }
            "copy" => {
                // Of a message whose own acknowledgement the line before told.
                assert_eq!(self.put.get(words[3]), Some(&key()), "a copy of another: {line}");
                self.copies += 1;
            }
            "claim" => {
                let count = u32::try_from(number(3)).expect("few");
                let claim = Claim {
                    life: self.kills,
                    count,
                    asked: number(4),
                    got: number(5),
                    until: number(6),
                };
                self.claims.entry(key()).or_default().push(claim);
                let before = self.bodies.insert(key(), words[7].to_owned());
                assert!(before.is_none_or(|before| before == words[7]), "two bodies: {line}");
            }
            "delete" => {
                let count = u32::try_from(number(3)).expect("few");
                assert_eq!(self.deleted.insert(key(), count), None, "deleted twice: {line}");
            }
            _ => return false,
        }
        true
    }

    /// Of everything that was received.
    pub(super) fn check(&mut self) {
        for (key, claims) in &mut self.claims {
            claims.sort_by_key(|claim| claim.count);
            for pair in claims.windows(2) {
                assert!(pair[0].count < pair[1].count, "{key:?} has one receipt twice");
                assert!(pair[0].until <= pair[1].got, "{key:?} was received while it was hidden");
            }
            // By its count, since an earlier receipt may be told later than the deletion.
            let deleted = self.deleted.get(key).copied();
            let last = claims.last().map(|claim| claim.count);
            let is_back = deleted.is_some() && deleted < last;
            assert!(!is_back, "{key:?} was received after its deletion: {deleted:?} < {last:?}");
        }
        self.check_order();
    }

    /// Once a later message of a group was received, no earlier one is.
    fn check_order(&self) {
        let mut groups: BTreeMap<&str, BTreeMap<u64, &[Claim]>> = BTreeMap::new();
        for (key, claims) in self.claims.iter().filter(|(key, _)| key.0 == 'f') {
            let group = self.bodies[key].split('.').next().expect("a producer");
            groups.entry(group).or_default().insert(key.1, claims);
        }
        for (group, messages) in groups {
            let mut later_got = u64::MAX;
            for (number, claims) in messages.into_iter().rev() {
                let is_late = claims.iter().any(|claim| claim.asked > later_got);
                assert!(!is_late, "group {group}: {number} was received after a later one");
                later_got = claims.iter().map(|claim| claim.got).fold(later_got, u64::min);
            }
        }
    }

    /// What is left must be all that was acknowledged and not deleted.
    pub(super) fn close(&self, left: &[(char, u64, String)]) {
        let left: HashMap<Key, &str> =
            left.iter().map(|(letter, number, body)| ((*letter, *number), &**body)).collect();
        let mut untold: HashMap<usize, usize> = HashMap::new();
        for (body, key) in &self.put {
            let found = left.get(key).copied();
            if self.deleted.contains_key(key) {
                assert_eq!(found, None, "{key:?} came back after its deletion");
            } else if let (Some(claims), None) = (self.claims.get(key), found) {
                let last = claims.iter().map(|claim| claim.life).max().unwrap_or_default();
                *untold.entry(last).or_default() += 1;
            } else {
                assert_eq!(found, Some(&**body), "{key:?} is lost");
            }
        }
        // Each consumer may have had one deletion under way that it could not tell any more.
        let most = untold.values().max().copied().unwrap_or_default();
        assert!(most <= super::load::CONSUMERS, "{most} messages that were received are lost");
        let bodies: HashSet<_> = left.values().collect();
        assert_eq!(bodies.len(), left.len(), "one body in two messages");
    }

    pub(super) fn summary(&self) -> String {
        let Self { put, copies, claims, deleted, kills, .. } = self;
        let received: usize = claims.values().map(Vec::len).sum();
        format!(
            "{} messages acknowledged, {copies} copies dropped, {received} receipts, {} deleted, {kills} ends",
            put.len(),
            deleted.len()
        )
    }
}

/// The ledger of `lines`, closed with what is left.
fn closed(lines: &[&str], left: &[(char, u64, String)]) {
    let mut ledger = Ledger::default();
    for line in lines {
        assert!(ledger.note(line), "{line}");
    }
    ledger.check();
    ledger.close(left);
}

#[test]
fn what_queues_may_do_is_believed() {
    let lines = [
        "put s 1 0.1.0",
        "put f 1 1.1.0",
        "copy f 1 1.1.0",
        "claim s 1 1 100 101 500 0.1.0",
        "claim s 1 2 490 500 900 0.1.0",
        "delete s 1 2",
        "put s 2 0.1.1",
        "claim s 3 2 490 500 900 0.1.2",
        "delete s 3 2",
        "claim s 3 1 90 100 490 0.1.2",
    ];
    closed(&lines, &[('s', 2, "0.1.1".to_owned()), ('f', 1, "1.1.0".to_owned())]);
}

#[test]
#[should_panic(expected = "is lost")]
fn a_lost_message_is_told() {
    closed(&["put s 1 0.1.0"], &[]);
}

#[test]
#[should_panic(expected = "received while it was hidden")]
fn a_message_received_too_early_is_told() {
    closed(&["claim s 1 1 100 101 500 0.1.0", "claim s 1 2 300 499 700 0.1.0"], &[]);
}

#[test]
#[should_panic(expected = "received after its deletion")]
fn a_message_received_too_late_is_told() {
    let lines = ["claim s 1 1 100 101 500 0.1.0", "delete s 1 1", "claim s 1 2 600 601 900 0.1.0"];
    closed(&lines, &[]);
}

#[test]
#[should_panic(expected = "was received after a later one")]
fn a_group_out_of_its_order_is_told() {
    closed(&["claim f 2 1 100 101 500 1.1.1", "claim f 1 1 200 201 600 1.1.0"], &[]);
}

#[test]
#[should_panic(expected = "kept twice")]
fn a_message_kept_twice_is_told() {
    closed(&["put f 1 1.1.0", "put f 2 1.1.0"], &[]);
}
