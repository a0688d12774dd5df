//! What holds while the store does not answer: each limit's failure policy.
//!
//! Under `share` a node goes on alone with the part of each limit that is its own: the limit divided
//! by the nodes that shared the store. A key begins with this node's part of what the store said was
//! left, or, if the node has not met the key, with an empty bucket and with so much of a window as is
//! left of its time. So all nodes together admit what the limit says. Once the store is back, it is
//! told what was used meanwhile. Under `stale` it goes on with the whole of what the store said was left,
//! for a while and for itself: several nodes may then admit it several times. A cost that turns out to be
//! another is corrected in these counts, too, and told to the store with what was used.
//!
//! # Why the parts add up to one at most
//! A node divides by the number of nodes that the store last told it, and by nothing at all until every
//! other has been told of it, which is two beats after it came. While the store answers, nobody counts
//! fewer nodes than have a part: a node that comes has none yet, and one that goes is counted until its
//! entry expires. So `m` nodes with a part each have at most `1 / m` of the limit when the store dies. After an
//! outage all are counted in anew, since the store may have come back empty; the old number holds until
//! then. Permits leased ahead are decided here, too, once they are used up or void (`limits::leased`): a
//! limit is never divided in two ways at a time. In a partition that leaves others with the store, their
//! debits come on top of this node's part.
//!
//! What the store said was left is corrected by what this node settles since, downwards only: permits that are
//! given back count again once the store says so. What is on its way to a store that dies may be missing.
//!
//! Slots come back when their requests end, of which each node knows its own only. So a node begins with
//! those that its requests hold, `h`, and admits while it holds fewer than `1 / m` of the limit: no node
//! ever holds more than the larger of the two. All together exceed the limit by no more than what some
//! held beyond their parts when the store died, and only until that many requests have ended.

mod share;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use limits::{Ask, Key, Limits, Local, Policy, Reply, Seed, Standing, Verdict};
use model::{ByteSize, Clock, FailurePolicy, Moment, Now, Timestamp};

use super::recent::{Known, Recent};
use super::request::Line;
use super::slots::Slots;
use share::Share;

pub(crate) struct Fallback {
    seed: Seed,
    clock: Arc<dyn Clock>,
    /// Nodes that share the store; 0 until it has said so.
    nodes: AtomicU64,
    /// How many are supposed until then; 0 leaves this one without a share.
    supposed: u64,
    current: RwLock<Arc<Outage>>,
}

/// One time of going on alone.
struct Outage {
    since: Moment,
    local: Local,
    /// What would be counted had nobody called since: the store knows of that.
    untouched: Local,
    shares: Mutex<HashMap<Key, Share>>,
}

/// What a node knows of keys from the time when the store answered.
#[derive(Clone, Copy)]
pub(crate) struct Past<'a> {
    pub(crate) recent: &'a Recent,
    pub(crate) slots: &'a Slots,
}

/// Denials of a failure policy end when the store is back, and nobody knows when that is.
const RETRY: Duration = Duration::from_secs(1);
/// Keys that one outage remembers shares of; the keys of others are denied.
const MOST_SHARES: usize = 262_144;

impl Fallback {
    pub(crate) fn new(seed: Seed, clock: Arc<dyn Clock>, min_share: Option<u8>) -> Self {
        let current = RwLock::new(Arc::new(Outage::new(&seed, &clock)));
        let supposed = min_share.map_or(0, |percent| 100_u64.div_ceil(u64::from(percent.max(1))));
        Self { seed, clock, nodes: AtomicU64::new(0), supposed, current }
    }

    /// So many nodes share the store, and this one has been among them for long enough that all know.
    pub(crate) fn agree(&self, nodes: u64) {
        self.nodes.store(nodes, Ordering::Release);
    }

    pub(crate) fn nodes(&self) -> u64 {
        self.nodes.load(Ordering::Acquire)
    }

    pub(crate) fn begin(&self) {
        let outage = Arc::new(Outage::new(&self.seed, &self.clock));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = outage;
    }

    /// What was used since the outage began, for the store to be told. The next outage starts anew.
    pub(crate) fn end(&self, now: Now) -> Vec<Line> {
        let outage = self.current();
        self.begin();
        outage.used(now)
    }

    /// Decides these asks alone: all or none.
    pub(crate) fn decide(&self, lines: &[Line], past: Past<'_>, now: Now) -> Vec<Standing> {
        self.answer(lines, past, now, Local::decide)
    }

    pub(crate) fn peek(&self, lines: &[Line], past: Past<'_>, now: Now) -> Vec<Standing> {
        self.answer(lines, past, now, Local::peek)
    }

    /// Takes without a check what a request turned out to cost beyond what was debited.
    pub(crate) fn charge(&self, line: &Line, past: Past<'_>, taken: Now, now: Now) {
        let outage = self.current();
        if let Some(policy) = outage.share_under_policy(line, self.divisor(), past, now) {
            let cost = i64::try_from(line.cost).unwrap_or(i64::MAX);
            outage.local.settle(&Ask::one(&policy, line.key), cost, taken, now);
        }
    }

    pub(crate) fn refund(&self, line: &Line, taken: Now, now: Now) {
        let outage = self.current();
        let policy = outage.shares().get(&line.key).map(|share| share.policy.clone());
        if let Some(policy) = policy {
            outage.local.refund(&[Ask::one(&policy, line.key).cost(line.cost)], taken, now);
        }
    }

    fn answer(
        &self,
        lines: &[Line],
        past: Past<'_>,
        now: Now,
        ask: impl Fn(&Local, &[Ask<'_>], Now) -> limits::Answer,
    ) -> Vec<Standing> {
        let (outage, nodes) = (self.current(), self.divisor());
        let shares: Vec<_> =
            lines.iter().map(|line| outage.share_under_policy(line, nodes, past, now)).collect();
        let fixed: Vec<_> = lines
            .iter()
            .zip(&shares)
            .map(|(line, share)| share.is_none().then(|| fixed(line)))
            .collect();
        let asks: Vec<_> = lines
            .iter()
            .zip(&shares)
            .filter_map(|(line, share)| Some(Ask::one(share.as_ref()?, line.key).cost(line.cost)))
            .collect();
        let is_denied = fixed.iter().flatten().any(Standing::is_violated);
        let answer =
            if is_denied { outage.local.peek(&asks, now) } else { ask(&outage.local, &asks, now) };
        // This process's memory answers at once.
        let Reply::Now(decision) = answer else { return lines.iter().map(unknown).collect() };
        let mut decided = decision.standings().iter().copied();
        let standings = fixed.into_iter().zip(lines).map(|(fixed, line)| {
            let standing = fixed.or_else(|| decided.next());
            let degraded = line.policy.on_failure().into();
            standing.map_or_else(|| unknown(line), |standing| standing.with_degraded(degraded))
        });
        standings.collect()
    }

    /// Into how many parts a limit is divided; 0 when this node has none.
    fn divisor(&self) -> u64 {
        match self.nodes() {
            0 => self.supposed,
            nodes => nodes,
        }
    }

    fn current(&self) -> Arc<Outage> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Outage {
    fn new(seed: &Seed, clock: &Arc<dyn Clock>) -> Self {
        let counts = || Local::new(seed.clone(), ByteSize::mib(16), Arc::clone(clock));
        let (local, untouched) = (counts(), counts());
        Self { since: clock.moment(), local, untouched, shares: Mutex::default() }
    }

    /// What this node counts by itself: its part of a limit that is shared, and under `stale` the whole of
    /// one that the store has spoken of lately.
    fn share_under_policy(
        &self,
        line: &Line,
        nodes: u64,
        past: Past<'_>,
        now: Now,
    ) -> Option<Policy> {
        let known = past.recent.of(line.key);
        match line.policy.on_failure() {
            FailurePolicy::Share => {
                // Slots that the store counted for others are of the others' parts.
                let is_of_all =
                    |known: &Known| !line.policy.counts_slots() && known.at <= self.since;
                let left =
                    known.filter(is_of_all).map(|known| known.standing.remaining / nodes.max(1));
                self.share(line, nodes, left, past, [now; 2])
            }
            FailurePolicy::Stale(holds) => {
                let known = known?;
                let age = now.moment.since(known.at);
                let millis = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
                let timestamp = Timestamp(now.timestamp.0.saturating_sub(millis));
                let then = Now { moment: known.at, timestamp };
                let left = Some(known.standing.remaining);
                (age < holds).then(|| self.share(line, 1, left, past, [then, now])).flatten()
            }
            FailurePolicy::Open | FailurePolicy::Closed => None,
        }
    }

    /// One of `nodes` parts of the line's limit, begun with what was `left` of it `then`.
    fn share(
        &self,
        line: &Line,
        nodes: u64,
        left: Option<u64>,
        past: Past<'_>,
        [then, now]: [Now; 2],
    ) -> Option<Policy> {
        let mut shares = self.shares();
        if let Some(share) = shares.get(&line.key) {
            return Some(share.policy.clone());
        }
        if shares.len() >= MOST_SHARES {
            return None;
        }
        let share = Share::of(line, nodes)?;
        let used = i64::try_from(share.used_before(left, past, now)).unwrap_or(i64::MAX);
        for counts in [&self.local, &self.untouched] {
            counts.settle(&Ask::one(&share.policy, line.key), used, then, then);
        }
        let policy = share.policy.clone();
        shares.insert(line.key, share);
        Some(policy)
    }

    fn used(&self, now: Now) -> Vec<Line> {
        let shares = self.shares();
        let is_told = |share: &&Share| {
            // Several nodes may have counted the same whole under `stale`, and each tells the store what
            // slots it holds anyway.
            share.line.policy.on_failure() == FailurePolicy::Share
                && !share.line.policy.counts_slots()
        };
        let used = shares.values().filter(is_told).filter_map(|share| {
            let before = share.used(&self.untouched, now);
            let cost = share.used(&self.local, now).saturating_sub(before);
            (cost > 0).then(|| Line { cost, ..share.line.clone() })
        });
        used.collect()
    }

    fn shares(&self) -> MutexGuard<'_, HashMap<Key, Share>> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What policies say that count nothing.
fn fixed(line: &Line) -> Standing {
    match line.policy.on_failure() {
        FailurePolicy::Open => Standing::admitted(line.policy.limit()),
        FailurePolicy::Stale(_) | FailurePolicy::Closed | FailurePolicy::Share => unknown(line),
    }
}

fn unknown(line: &Line) -> Standing {
    Standing::denied(Verdict::Unknown, 0, RETRY).with_degraded(line.policy.on_failure().into())
}
