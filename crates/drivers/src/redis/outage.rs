//! What holds while the store does not answer: each limit's failure policy.
//!
//! Under `share` a node goes on alone with the part of each limit that is its own: the limit divided
//! by the nodes that shared the store. A key begins with this node's part of what the store said was
//! left, or, if the node has not met the key, with an empty bucket and with so much of a window as is
//! left of its time. So all nodes together admit what the limit says. Once the store is back, it is
//! told what was used meanwhile. Under `stale` it goes on with the whole of what the store said was left,
//! for a while and for itself: several nodes may then admit it several times.
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

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use limits::{Ask, Key, Limits, Local, Policy, Reply, Seed, Standing, Verdict};
use model::limit::Window;
use model::{ByteSize, Clock, FailurePolicy, Moment, Now, Period, Rate, Rule, Timestamp};

use super::recent::{Known, Recent};
use super::request::Line;

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

/// This node's part of one key's limit.
struct Share {
    line: Line,
    policy: Policy,
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
    pub(crate) fn decide(&self, lines: &[Line], recent: &Recent, now: Now) -> Vec<Standing> {
        self.answer(lines, recent, now, Local::decide)
    }

    pub(crate) fn peek(&self, lines: &[Line], recent: &Recent, now: Now) -> Vec<Standing> {
        self.answer(lines, recent, now, Local::peek)
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
        recent: &Recent,
        now: Now,
        ask: impl Fn(&Local, &[Ask<'_>], Now) -> limits::Answer,
    ) -> Vec<Standing> {
        let outage = self.current();
        let nodes = match self.nodes() {
            0 => self.supposed,
            nodes => nodes,
        };
        let shares: Vec<_> =
            lines.iter().map(|line| outage.share_under_policy(line, nodes, recent, now)).collect();
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
        recent: &Recent,
        now: Now,
    ) -> Option<Policy> {
        let known = recent.of(line.key);
        match line.policy.on_failure() {
            FailurePolicy::Share => {
                self.share(line, nodes, known.filter(|known| known.at <= self.since), now, now)
            }
            FailurePolicy::Stale(holds) => {
                let known = known?;
                let age = now.moment.since(known.at);
                let millis = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
                let timestamp = Timestamp(now.timestamp.0.saturating_sub(millis));
                let then = Now { moment: known.at, timestamp };
                (age < holds).then(|| self.share(line, 1, Some(known), then, now)).flatten()
            }
            FailurePolicy::Open | FailurePolicy::Closed => None,
        }
    }

    /// This node's part of the line's limit, begun where the store left it, and `then`.
    fn share(
        &self,
        line: &Line,
        nodes: u64,
        known: Option<Known>,
        then: Now,
        now: Now,
    ) -> Option<Policy> {
        let mut shares = self.shares();
        if let Some(share) = shares.get(&line.key) {
            return Some(share.policy.clone());
        }
        if shares.len() >= MOST_SHARES {
            return None;
        }
        let policy = share_of(&line.policy, nodes)?;
        let left = match known {
            Some(known) => known.standing.remaining / nodes,
            None => unmet(&policy, now),
        };
        let used = i64::try_from(policy.limit().saturating_sub(left)).unwrap_or(i64::MAX);
        for counts in [&self.local, &self.untouched] {
            counts.settle(&Ask::one(&policy, line.key), used, then, then);
        }
        shares.insert(line.key, Share { line: line.clone(), policy: policy.clone() });
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
            let cost =
                share.used(&self.local, now)?.saturating_sub(share.used(&self.untouched, now)?);
            (cost > 0).then(|| Line { cost, ..share.line.clone() })
        });
        used.collect()
    }

    fn shares(&self) -> MutexGuard<'_, HashMap<Key, Share>> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    fn used(&self, counts: &Local, now: Now) -> Option<u64> {
        let ask = Ask::one(&self.policy, self.line.key).cost(0);
        let Reply::Now(decision) = counts.peek(&[ask], now) else { return None };
        Some(self.policy.limit().saturating_sub(decision.standings().first()?.remaining))
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

/// One of `nodes` parts of a limit; nothing when that is less than one permit.
///
/// A rate's burst is divided, too, but a part of it is never less than one permit: the rate holds.
fn share_of(policy: &Policy, nodes: u64) -> Option<Policy> {
    let part = |limit: u64| limit.checked_div(nodes).filter(|part| *part > 0);
    let rule = match policy.rule().clone() {
        Rule::Rate { rate, burst } => {
            let count = u32::try_from(nodes).ok().filter(|count| *count > 0)?;
            let rate = Rate { permits: rate.permits, per: rate.per.checked_mul(count)? };
            Rule::Rate { rate, burst: (burst / count).max(1) }
        }
        Rule::FixedWindow { limit, per } => Rule::FixedWindow { limit: part(limit)?, per },
        Rule::SlidingWindow { limit, per } => Rule::SlidingWindow { limit: part(limit)?, per },
        Rule::Quota { limit, period, zone } => Rule::Quota { limit: part(limit)?, period, zone },
        Rule::Concurrency { slots } => {
            Rule::Concurrency { slots: u32::try_from(part(u64::from(slots))?).ok()? }
        }
    };
    Policy::new(policy.scope(), policy.name(), rule).ok()
}

/// What a node may take of its share of a key that it has not met while the store answered.
fn unmet(share: &Policy, now: Now) -> u64 {
    let part_of = |window: Window| {
        let (rest, all) = (window.end.since(now.timestamp), window.end.since(window.start));
        let left = u128::from(share.limit()) * rest.as_millis() / all.as_millis().max(1);
        u64::try_from(left).unwrap_or(u64::MAX)
    };
    match share.rule() {
        Rule::Rate { .. } | Rule::Quota { period: Period::Rolling(_), .. } => 0,
        Rule::FixedWindow { per, .. } | Rule::SlidingWindow { per, .. } => {
            part_of(Window::of(*per, now.timestamp))
        }
        Rule::Quota { period, zone, .. } => period.window(zone, now.timestamp).map_or(0, part_of),
        Rule::Concurrency { .. } => share.limit(),
    }
}
