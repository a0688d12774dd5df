//! What a node holds under one key: permits of up to two leases, and when it may ask for more.
//!
//! Callers take permits without a lock. Everything else, asks and answers, goes through the desk.

mod desk;
mod spend;

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use model::{Moment, Rule};

use super::demand::Fill;
use super::pouch::{Expiry, Pouch};
use super::{Grant, LeaseAsk, Leftover, Receipt, overshoot_bound};
use crate::{Key, Name, Policy, Standing, Verdict};
use desk::Desk;
pub(super) use spend::Spent;

/// An ask is due or on its way.
const ASKING: u64 = u64::MAX;

#[derive(Debug)]
pub(super) struct Purse {
    policy: Policy,
    key: Key,
    name: Option<Name>,
    ttl: Duration,
    overshoot_bound: u32,
    pouches: [Pouch; 2],
    /// The earliest moment of the next ask, or [`ASKING`].
    gate: AtomicU64,
    /// More is asked for, in the background, once no more than this is left.
    low: AtomicU32,
    /// What the store said last: permits it had left, and when it would have more.
    remaining: AtomicU64,
    more_at: AtomicU64,
    is_paused: AtomicBool,
    /// Permits asked for in vain since the last ask. An estimate: updates may be lost.
    short: AtomicU64,
    /// Whether the store failed to answer the last ask.
    is_cut_off: AtomicBool,
    desk: Mutex<Desk>,
}

/// What one ask gets.
#[derive(Debug)]
pub(super) enum Take {
    Spent(Spent),
    /// Nothing before an ask that may not be made yet.
    Denied {
        retry_in: Duration,
    },
    /// The answer to an ask decides.
    Wait,
    /// Nothing, and the store does not answer.
    CutOff,
}

/// Whether somebody has to ask the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refill {
    Due,
    NotDue,
}

/// Where a key stands as far as this node knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub remaining: u64,
    pub more_in: Duration,
    pub is_paused: bool,
}

impl Purse {
    pub(super) fn new(policy: Policy, key: Key, name: Option<Name>, ttl: Duration) -> Self {
        let overshoot_bound = overshoot_bound(policy.rule(), ttl);
        Self {
            overshoot_bound,
            policy,
            key,
            name,
            ttl,
            pouches: [Pouch::new(), Pouch::new()],
            gate: AtomicU64::new(0),
            low: AtomicU32::new(0),
            remaining: AtomicU64::new(0),
            more_at: AtomicU64::new(0),
            is_paused: AtomicBool::new(false),
            short: AtomicU64::new(0),
            is_cut_off: AtomicBool::new(false),
            desk: Mutex::new(Desk::new()),
        }
    }

    pub(super) fn overshoot_bound(&self) -> u32 {
        self.overshoot_bound
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether it is leased as this policy of its key says: a window or a quota of the same length has the
    /// same keys whatever its limit.
    #[inline]
    pub(super) fn is_of(&self, policy: &Policy) -> bool {
        self.policy.terms() == policy.terms()
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

    /// Takes `cost` permits. Whoever is told that a refill is due has to see to it.
    pub(super) fn take(&self, cost: u32, now: Moment) -> (Take, Refill) {
        if let Some((spent, left)) = self.spend(cost, now) {
            let is_low = left <= self.low.load(Ordering::Relaxed);
            let refill = if is_low { self.claim_ask(now) } else { Refill::NotDue };
            return (Take::Spent(spent), refill);
        }
        let short = self.short.load(Ordering::Relaxed);
        self.short.store(short.saturating_add(u64::from(cost)), Ordering::Relaxed);
        let refill = self.claim_ask(now);
        (self.turn_away(cost, now), refill)
    }

    /// As [`Purse::take`], where a single pouch has all that is asked for.
    #[inline]
    pub(super) fn take_at_hand(&self, cost: u32, now: Moment) -> Option<(Standing, Refill)> {
        let left = self.spend_one(cost, now)?;
        let is_low = left <= self.low.load(Ordering::Relaxed);
        let refill = if is_low { self.claim_ask(now) } else { Refill::NotDue };
        let remaining = self.remaining.load(Ordering::Relaxed).saturating_add(u64::from(left));
        let more_in = self.more_at.load(Ordering::Relaxed).saturating_sub(now.0);
        let standing = Standing::of(Verdict::Admitted, remaining, [more_in, 0, 0]);
        Some((standing.with_overshoot(self.overshoot_bound), refill))
    }

    fn turn_away(&self, cost: u32, now: Moment) -> Take {
        if self.is_cut_off.load(Ordering::Acquire) {
            return Take::CutOff;
        }
        let gate = self.gate.load(Ordering::Acquire);
        // An answer may have come since the pouches were looked into.
        if gate != ASKING
            && let Some((spent, _)) = self.spend(cost, now)
        {
            return Take::Spent(spent);
        }
        if gate == ASKING || gate <= now.0 {
            return Take::Wait;
        }
        Take::Denied { retry_in: Moment(gate).since(now) }
    }

    /// One caller wins the right to have the next ask made.
    fn claim_ask(&self, now: Moment) -> Refill {
        let gate = self.gate.load(Ordering::Relaxed);
        let is_due = gate != ASKING && gate <= now.0;
        let claimed = is_due
            && self
                .gate
                .compare_exchange(gate, ASKING, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok();
        if claimed { Refill::Due } else { Refill::NotDue }
    }

    /// What to ask the store for. `now` is no later than when the ask is sent.
    pub(super) fn ask(&self, now: Moment) -> LeaseAsk {
        let short = self.short.swap(0, Ordering::Relaxed);
        let left = self.pouches.iter().map(|pouch| u64::from(pouch.state().0)).sum();
        let want = self.desk().ask(left, short, self.ttl, now).min(self.most());
        LeaseAsk { policy: self.policy.clone(), key: self.key, name: self.name.clone(), want }
    }

    /// More than the limit is never granted.
    fn most(&self) -> u32 {
        u32::try_from(self.policy.limit()).unwrap_or(u32::MAX)
    }

    /// The store's answer to the ask made at `sent`. What it leaves over goes back to the store.
    pub(super) fn granted(&self, grant: &Grant, sent: Moment, now: Moment) -> Vec<Leftover> {
        let mut desk = self.desk();
        let mut leftovers = self.expire(&mut desk, now);
        let expiry = Expiry::by(sent.plus(self.ttl.min(grant.valid_for)));
        if grant.permits > 0 && expiry.is_over(now) {
            leftovers.extend(self.leftover(grant.permits, grant.receipt));
        } else if grant.permits > 0 {
            let [index, other] = self.order();
            leftovers.extend(self.close(&mut desk, index));
            let expiry = expiry.apart_from(self.pouches[other].state().1);
            desk.hold(index, grant);
            self.pouches[index].fill(grant.permits, expiry);
        }
        self.low.store(grant.permits / 4, Ordering::Relaxed);
        self.is_cut_off.store(false, Ordering::Release);
        self.note(grant, now);
        self.open(match desk.answered(grant, self.most()) {
            Fill::Whole => sent,
            Fill::Short => self.pause(grant, sent, now),
        });
        desk.finish_round();
        leftovers
    }

    /// The store did not answer.
    pub(super) fn failed(&self, now: Moment) {
        let mut desk = self.desk();
        self.is_cut_off.store(true, Ordering::Release);
        self.open(now.plus(self.ttl / 2));
        desk.finish_round();
    }

    /// What expired unused. To be called now and then.
    pub(super) fn sweep(&self, now: Moment) -> Vec<Leftover> {
        let mut desk = self.desk();
        self.expire(&mut desk, now)
    }

    /// Ends all leases.
    pub(super) fn empty(&self) -> Vec<Leftover> {
        let mut desk = self.desk();
        [0, 1].into_iter().filter_map(|index| self.close(&mut desk, index)).collect()
    }

    /// Permits that callers may still take.
    pub(super) fn left(&self, now: Moment) -> u32 {
        self.pouches.iter().map(|pouch| pouch.left(now)).sum()
    }

    pub(super) fn known(&self, now: Moment) -> Known {
        let there = self.remaining.load(Ordering::Relaxed);
        let more_at = Moment(self.more_at.load(Ordering::Relaxed));
        Known {
            remaining: there.saturating_add(u64::from(self.left(now))),
            more_in: more_at.since(now),
            is_paused: self.is_paused.load(Ordering::Relaxed) && more_at > now,
        }
    }

    /// Whether the store has ever said where the key stands.
    pub(super) fn was_answered(&self) -> bool {
        self.more_at.load(Ordering::Relaxed) > 0
    }

    fn note(&self, grant: &Grant, now: Moment) {
        self.remaining.store(grant.remaining, Ordering::Relaxed);
        self.more_at.store(now.plus(grant.more_in).0, Ordering::Relaxed);
        self.is_paused.store(grant.is_paused, Ordering::Relaxed);
    }

    /// Whether callers have for this long asked so seldom that the key may as well be decided exactly.
    pub(super) fn is_cold(&self, round_trip: Duration, span: Duration, now: Moment) -> bool {
        self.desk().is_cold(round_trip, span, now)
    }

    /// Whether an ask is due or on its way.
    pub(super) fn is_asking(&self) -> bool {
        self.gate.load(Ordering::Acquire) == ASKING
    }

    /// Whether nothing has happened under this key for this long, and nothing is held.
    pub(super) fn is_idle(&self, span: Duration, now: Moment) -> bool {
        !self.is_asking() && self.left(now) == 0 && self.desk().is_idle(span, now)
    }

    /// The round that is on: it ends with the answer to the ask that is due.
    pub(super) fn round(&self) -> Option<u64> {
        let desk = self.desk();
        self.is_asking().then(|| desk.round())
    }

    /// Whether the round is over; if not, wakes the waker when it is.
    pub(super) fn is_over(&self, round: u64, waker: &Waker) -> bool {
        self.desk().is_over(round, waker)
    }

    fn expire(&self, desk: &mut Desk, now: Moment) -> Vec<Leftover> {
        let over = |index: &usize| self.pouches[*index].state().1.is_over(now);
        [0, 1].into_iter().filter(over).filter_map(|index| self.close(desk, index)).collect()
    }

    /// Ends the lease in this pouch.
    fn close(&self, desk: &mut Desk, index: usize) -> Option<Leftover> {
        let (permits, receipt) = desk.release(index, self.pouches[index].collect())?;
        self.leftover(permits, receipt)
    }

    fn leftover(&self, permits: u32, receipt: Receipt) -> Option<Leftover> {
        let policy = self.policy.clone();
        (permits > 0).then_some(Leftover { policy, key: self.key, permits, receipt })
    }

    /// When a key that did not get all it wanted may ask again: not before there is something, nor
    /// more than twice in a lease, nor more than twice while its bucket fills.
    fn pause(&self, grant: &Grant, sent: Moment, now: Moment) -> Moment {
        let mut pace = self.ttl / 2;
        if let Rule::Rate { rate, burst } = *self.policy.rule() {
            let fills_in = rate.per.mul_f64(f64::from(burst) / f64::from(rate.permits));
            pace = pace.min(fills_in / 2);
        }
        sent.plus(pace).max(now.plus(grant.more_in))
    }

    fn open(&self, next: Moment) {
        self.gate.store(next.0.min(ASKING - 1), Ordering::Release);
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
