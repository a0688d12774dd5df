//! What a node leases: purses by key, and what is to be asked of the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use model::{Clock, Mode, Moment, Rule};
use papaya::HashMap;

use super::bell::{Bell, Due};
use super::heat::Heat;
use super::purse::{Purse, Refill};
use super::{DEFAULT_TTL, Grant, LeaseAsk, LedgerProblem, Leftover};
use crate::{Ask, HashOfKey, Key, Limits, Policy, Standing};

/// Keys a node leases at the same time. Beyond that, keys are decided exactly.
const MOST_PURSES: usize = 1 << 16;
/// A key that nothing was asked for under for this long is forgotten.
const IDLE: Duration = Duration::from_secs(2);
/// A key has to be quiet for this long before it is decided exactly again: what is known of its rate
/// at first is too little, and an average over one lease wavers.
const COLD_FOR: Duration = Duration::from_secs(1);
/// Until one was measured.
const FIRST_ROUND_TRIP: Duration = Duration::from_micros(500);

/// Decides limits by permits leased from a shared store, or exactly where that is cheap enough or the
/// rule cannot be leased. Clones are the same node.
#[derive(Clone)]
pub struct Leased(pub(super) Arc<Node>);

pub(super) struct Node {
    /// What decides by asking the store each time.
    pub(super) exact: Arc<dyn Limits>,
    pub(super) clock: Arc<dyn Clock>,
    purses: HashMap<Key, Arc<Purse>, HashOfKey>,
    heat: Heat,
    /// Nanoseconds that the store took to answer lately.
    round_trip: AtomicU64,
    bell: Bell,
    is_closed: AtomicBool,
}

/// What is to be carried to the store.
#[must_use]
#[derive(Default)]
pub struct Work {
    /// To be asked together and answered by [`Leased::answered`].
    pub asks: Option<Batch>,
    pub leftovers: Vec<Leftover>,
}

/// Asks under way.
#[must_use]
pub struct Batch {
    purses: Vec<Arc<Purse>>,
    pub asks: Vec<LeaseAsk>,
    /// Permits granted for these asks are void `ttl` after this.
    pub sent: Moment,
}

/// What a node holds under one key.
#[derive(Debug, Clone)]
pub struct Lease {
    pub policy: Policy,
    pub key: Key,
    /// Permits that this node may still use.
    pub outstanding: u32,
    /// Permits by which all nodes together may exceed the limit over any span of time.
    pub overshoot_bound: u32,
}

impl Leased {
    /// `exact` decides over the same store's books.
    pub fn new(exact: Arc<dyn Limits>, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Node {
            exact,
            clock,
            purses: HashMap::default(),
            heat: Heat::new(),
            round_trip: AtomicU64::new(nanos(FIRST_ROUND_TRIP)),
            bell: Bell::default(),
            is_closed: AtomicBool::new(false),
        }))
    }

    /// Asks that are due, and what is to be handed back. `now` is no later than when they are sent.
    pub fn work(&self, now: Moment) -> Work {
        let Due { purses, leftovers } = self.0.bell.answer();
        if purses.is_empty() {
            return Work { asks: None, leftovers };
        }
        let asks = purses.iter().map(|purse| purse.ask(now)).collect();
        Work { asks: Some(Batch { purses, asks, sent: now }), leftovers }
    }

    /// Ready when there is such work; wakes the latest caller.
    pub fn poll_work(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.bell.poll(cx)
    }

    /// The store's answer to a batch. What it leaves over is to be handed back.
    pub fn answered(
        &self,
        batch: &Batch,
        answer: Result<Vec<Grant>, LedgerProblem>,
        now: Moment,
    ) -> Vec<Leftover> {
        let grants = match answer {
            Ok(grants) if grants.len() == batch.purses.len() => grants,
            _ => {
                batch.purses.iter().for_each(|purse| purse.failed(now));
                return Vec::new();
            }
        };
        self.0.note_round_trip(now.since(batch.sent));
        let answers = batch.purses.iter().zip(&grants);
        let mut leftovers: Vec<_> =
            answers.flat_map(|(purse, grant)| purse.granted(grant, batch.sent, now)).collect();
        let is_closed = self.0.is_closed.load(Ordering::SeqCst);
        let ended = batch.purses.iter().filter(|purse| is_closed || !self.0.uses(purse));
        leftovers.extend(ended.flat_map(|purse| purse.empty()));
        leftovers
    }

    /// Collects what expired and forgets keys that are quiet. To be called a few times in each `ttl`.
    pub fn sweep(&self, now: Moment) -> Work {
        let purses = self.0.purses.pin();
        let mut leftovers = Vec::new();
        for (key, purse) in &purses {
            leftovers.extend(purse.sweep(now));
            if purse.is_idle(IDLE, now) || self.0.is_cold(purse, now) {
                leftovers.extend(purse.empty());
                purses.remove(key);
            }
        }
        Work { asks: None, leftovers }
    }

    /// Ends all leases and makes no more: the node shuts down. What is still decided is exact.
    pub fn close(&self) -> Vec<Leftover> {
        self.0.is_closed.store(true, Ordering::SeqCst);
        let purses = self.0.purses.pin();
        let leftovers = purses.values().flat_map(|purse| purse.empty()).collect();
        purses.clear();
        leftovers
    }

    /// What this node holds.
    pub fn leases(&self, now: Moment) -> Vec<Lease> {
        let purses = self.0.purses.pin();
        let lease = |purse: &Arc<Purse>| Lease {
            policy: purse.policy().clone(),
            key: purse.key(),
            outstanding: purse.left(now),
            overshoot_bound: purse.overshoot_bound(),
        };
        purses.values().map(lease).collect()
    }
}

impl Node {
    /// The common case, without the parts that others need: the key is leased, permits are at hand.
    #[inline]
    pub(super) fn at_hand(&self, ask: &Ask<'_>, now: Moment) -> Option<Standing> {
        let cost = u32::try_from(ask.cost).ok().filter(|cost| *cost > 0)?;
        let purses = self.purses.pin();
        let purse = purses.get(&ask.key).filter(|purse| purse.is_of(ask.policy))?;
        let (standing, refill) = purse.take_at_hand(cost, now)?;
        self.see_to(purse, refill);
        Some(standing)
    }

    /// Calls `with` with the key's purse if the key is leased.
    pub(super) fn with_purse<T>(
        &self,
        ask: &Ask<'_>,
        now: Moment,
        with: impl FnOnce(&Arc<Purse>) -> T,
    ) -> Option<T> {
        let purses = self.purses.pin();
        if let Some(purse) = purses.get(&ask.key) {
            if purse.is_of(ask.policy) {
                return Some(with(purse));
            }
            self.retire(purse);
        }
        let ttl = self.ttl_if_leased(ask, now)?;
        if purses.len() >= MOST_PURSES || self.is_closed.load(Ordering::SeqCst) {
            return None;
        }
        let name = ask.name.map(|name| name.name(ask));
        let purse = || Arc::new(Purse::new(ask.policy.clone(), ask.key, name, ttl));
        Some(with(purses.get_or_insert_with(ask.key, purse)))
    }

    /// Whether a key without a purse is to be leased, and for how long.
    fn ttl_if_leased(&self, ask: &Ask<'_>, now: Moment) -> Option<Duration> {
        let rule = ask.policy.rule();
        match ask.policy.mode() {
            Mode::Exact => None,
            Mode::Leased { ttl } => rule.is_leasable().then_some(ttl),
            Mode::Auto => {
                let asks = self.heat.ask(ask.key, now);
                let pays = Heat::is_hot(asks, self.round_trip()) && is_worth_leasing(rule);
                pays.then_some(DEFAULT_TTL)
            }
        }
    }

    /// The limit is another than the purse was made for: its permits go back, and what is asked for now is
    /// asked of the limit as it is. An answer that is still to come is handed back, too.
    #[cold]
    fn retire(&self, purse: &Arc<Purse>) {
        let is_it = |_: &Key, kept: &Arc<Purse>| Arc::ptr_eq(kept, purse);
        if self.purses.pin().remove_if(&purse.key(), is_it).is_ok_and(|removed| removed.is_some()) {
            let leftovers = purse.empty();
            self.bell.ring(|due| due.leftovers.extend(leftovers));
        }
    }

    /// Whether the purse is the one that its key's permits are in.
    fn uses(&self, purse: &Arc<Purse>) -> bool {
        self.purses.pin().get(&purse.key()).is_some_and(|kept| Arc::ptr_eq(kept, purse))
    }

    pub(super) fn see_to(&self, purse: &Arc<Purse>, refill: Refill) {
        if refill == Refill::Due {
            self.bell.ring(|due| due.purses.push(Arc::clone(purse)));
        }
    }

    pub(super) fn purse_of(&self, key: Key) -> Option<Arc<Purse>> {
        self.purses.pin().get(&key).cloned()
    }

    fn is_cold(&self, purse: &Purse, now: Moment) -> bool {
        purse.policy().mode() == Mode::Auto
            && purse.is_cold(self.round_trip(), COLD_FOR, now)
            && !purse.is_asking()
    }

    pub(super) fn round_trip(&self) -> Duration {
        Duration::from_nanos(self.round_trip.load(Ordering::Relaxed))
    }

    pub(super) fn note_round_trip(&self, span: Duration) {
        let before = self.round_trip.load(Ordering::Relaxed);
        let after = before - before / 8 + nanos(span) / 8;
        self.round_trip.store(after.max(1), Ordering::Relaxed);
    }
}

/// Whether a lease of this rule has a permit or more.
pub(super) fn is_worth_leasing(rule: &Rule) -> bool {
    rule.is_leasable() && permits_in(rule, DEFAULT_TTL) >= 1.0
}

/// What a rule brings in this span.
#[expect(clippy::cast_precision_loss, reason = "limits stay below 2^53")]
fn permits_in(rule: &Rule, span: Duration) -> f64 {
    match *rule {
        Rule::Rate { rate, .. } => {
            f64::from(rate.permits) * span.as_secs_f64() / rate.per.as_secs_f64()
        }
        // A window brings all at once; what counts is whether it is worth more than a few leases.
        _ => rule.limit() as f64 / 100.0,
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
