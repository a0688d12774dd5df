//! What the store said last about each key: who is denied need not ask again before it is over, and in
//! an outage a node's share begins with what was left.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use limits::{Ask, Decision, HashOfKey, Key, MOST_ASKS, Standing, Verdict};
use model::Moment;

use super::request::Line;

/// Bounded; when a shard is full some key gives way.
pub(crate) struct Recent {
    shards: Box<[Mutex<Shard>]>,
}

type Shard = HashMap<Key, Known, HashOfKey>;

/// What is known of the keys of a request.
pub(crate) struct Met {
    /// The decision, where one ask is known to be denied.
    pub(crate) denial: Option<Decision>,
    pub(crate) are_known: [bool; MOST_ASKS],
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) standing: Standing,
    /// What it was asked for then, and of which limit: that may have been raised since.
    cost: u64,
    limit: u64,
    /// When the store was asked.
    pub(crate) at: Moment,
}

const SHARDS: usize = 64;
const KEYS_PER_SHARD: usize = 1024;
/// Another node may have reset the key, or given back to it.
const LONGEST_DENIAL: Duration = Duration::from_secs(5);

impl Known {
    /// The denial that still holds for who asks as much.
    fn denial(&self, ask: &Ask<'_>, now: Moment) -> Option<Standing> {
        let wait = self.standing.retry_in();
        let age = now.since(self.at);
        let is_same = ask.cost >= self.cost && ask.policy.limit() == self.limit;
        let holds = self.standing.is_violated() && is_same && age < wait.min(LONGEST_DENIAL);
        holds.then(|| {
            let left = |span: Duration| span.saturating_sub(age);
            Standing::denied(self.standing.verdict(), self.standing.remaining, left(wait))
                .with_more_in(left(self.standing.more_in()))
                .with_full_in(left(self.standing.full_in()))
        })
    }

    /// Where who asks stands if nobody else has asked since.
    fn standing(&self, ask: &Ask<'_>, now: Moment) -> Standing {
        if let Some(denied) = self.denial(ask, now) {
            return denied;
        }
        let (age, limit) = (now.since(self.at), ask.policy.limit());
        let left = |span: Duration| span.saturating_sub(age);
        let (more, full) = (self.standing.more_in(), self.standing.full_in());
        let is_full = !full.is_zero() && age >= full;
        let remaining = if is_full { limit } else { self.standing.remaining.min(limit) };
        let standing = match remaining < ask.cost && age < more {
            true => Standing::denied(Verdict::Exhausted, remaining, left(more)),
            false => Standing::admitted(remaining),
        };
        standing.with_more_in(left(more)).with_full_in(left(full))
    }
}

impl Recent {
    pub(crate) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    pub(crate) fn of(&self, key: Key) -> Option<Known> {
        self.shard(key).get(&key).copied()
    }

    pub(crate) fn look(&self, asks: &[Ask<'_>], now: Moment) -> Met {
        let mut denials = [None; MOST_ASKS];
        let mut are_known = [false; MOST_ASKS];
        let mut is_denied = false;
        for (index, ask) in asks.iter().enumerate() {
            let known = self.of(ask.key);
            are_known[index] = known.is_some();
            denials[index] = known.and_then(|known| known.denial(ask, now));
            is_denied |= denials[index].is_some();
        }
        let decision = || {
            Decision::with(asks.len(), |index| {
                denials[index].unwrap_or_else(|| self.standing(&asks[index], now))
            })
        };
        Met { denial: is_denied.then(decision), are_known }
    }

    pub(crate) fn last_known(&self, asks: &[Ask<'_>], now: Moment) -> Decision {
        Decision::with(asks.len(), |index| self.standing(&asks[index], now))
    }

    fn standing(&self, ask: &Ask<'_>, now: Moment) -> Standing {
        let unmet = Standing::admitted(ask.policy.limit());
        self.of(ask.key).map_or(unmet, |known| known.standing(ask, now))
    }

    /// Whether the key is new.
    pub(crate) fn learn(&self, line: &Line, standing: Standing, at: Moment) -> bool {
        let mut shard = self.shard(line.key);
        if shard.len() >= KEYS_PER_SHARD && !shard.contains_key(&line.key) {
            let gone = shard.keys().next().copied();
            gone.and_then(|gone| shard.remove(&gone));
        }
        shard
            .insert(line.key, Known { standing, cost: line.cost, limit: line.policy.limit(), at })
            .is_none()
    }

    /// A denial need not hold any longer. What was left then stays known: it is no more than that.
    pub(crate) fn lift(&self, key: Key) {
        if let Some(known) = self.shard(key).get_mut(&key) {
            known.standing = Standing::admitted(known.standing.remaining);
        }
    }

    /// What was given back. Slots are free with that; other permits may be of a time that counts no more, and
    /// count again once the store says so.
    pub(crate) fn give_back(&self, line: &Line) {
        self.lift(line.key);
        if line.policy.counts_slots()
            && let Some(known) = self.shard(line.key).get_mut(&line.key)
        {
            let free = known.standing.remaining.saturating_add(line.cost);
            known.standing.remaining = free.min(known.limit);
        }
    }

    /// What was taken without a check.
    pub(crate) fn charge(&self, line: &Line) {
        if let Some(known) = self.shard(line.key).get_mut(&line.key) {
            known.standing.remaining = known.standing.remaining.saturating_sub(line.cost);
        }
    }

    pub(crate) fn forget(&self, key: Key) {
        self.shard(key).remove(&key);
    }

    fn shard(&self, key: Key) -> MutexGuard<'_, Shard> {
        let index = usize::try_from(key.hash() >> 32).unwrap_or(0) % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use limits::Policy;
    use model::{Now, Rate, Rule, Timestamp};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn policy() -> Policy {
        let rate = Rate { permits: 1, per: SECOND };
        Policy::new("test", "p", Rule::Rate { rate, burst: 9 }).expect("policy")
    }

    fn line(policy: &Policy, cost: u64) -> Line {
        let now = Now { moment: Moment(0), timestamp: Timestamp(0) };
        Line::of(&Ask::one(policy, Key::from_hash(7)).cost(cost), now)
    }

    #[test]
    fn a_denial_holds_until_its_retry_time_for_who_asks_as_much() {
        let (policy, recent) = (policy(), Recent::new());
        let denied = Standing::denied(Verdict::Exhausted, 1, 3 * SECOND);
        assert!(recent.learn(&line(&policy, 2), denied, Moment(0)));
        let retry = |cost, at: Duration| {
            let ask = Ask::one(&policy, Key::from_hash(7)).cost(cost);
            let decision = recent.look(&[ask], Moment(0).plus(at)).denial;
            decision.and_then(|decision| decision.retry_after())
        };
        assert_eq!(retry(2, SECOND), Some(2 * SECOND));
        assert_eq!(retry(5, SECOND), Some(2 * SECOND));
        assert_eq!(retry(1, SECOND), None, "one permit may be left");
        assert_eq!(retry(2, 3 * SECOND), None);
        recent.lift(Key::from_hash(7));
        assert_eq!(retry(2, SECOND), None);
        let left = || recent.of(Key::from_hash(7)).map(|known| known.standing.remaining);
        assert_eq!(left(), Some(1));
        recent.forget(Key::from_hash(7));
        assert_eq!(left(), None);
    }

    #[test]
    fn what_is_known_of_a_key_grows_old() {
        let (policy, recent) = (policy(), Recent::new());
        let last = Standing::admitted(0).with_more_in(SECOND).with_full_in(9 * SECOND);
        recent.learn(&line(&policy, 1), last, Moment(0));
        let standing = |at: Duration| {
            let known =
                recent.last_known(&[Ask::one(&policy, Key::from_hash(7))], Moment(0).plus(at));
            let standing = known.standings()[0];
            (standing.verdict(), standing.remaining, standing.retry_in())
        };
        assert_eq!(standing(SECOND / 2), (Verdict::Exhausted, 0, SECOND / 2));
        assert_eq!(standing(SECOND), (Verdict::Admitted, 0, Duration::ZERO));
        assert_eq!(standing(9 * SECOND), (Verdict::Admitted, 9, Duration::ZERO));
        let unmet = recent.last_known(&[Ask::one(&policy, Key::from_hash(8))], Moment(0));
        assert_eq!(unmet.standings()[0].remaining, 9);
    }

    #[test]
    fn a_long_denial_is_asked_for_again_after_a_while() {
        let (policy, recent) = (policy(), Recent::new());
        let denied = Standing::denied(Verdict::Exhausted, 0, 3600 * SECOND);
        recent.learn(&line(&policy, 1), denied, Moment(0));
        let ask = [Ask::one(&policy, Key::from_hash(7))];
        assert!(recent.look(&ask, Moment(0).plus(4 * SECOND)).denial.is_some());
        assert!(recent.look(&ask, Moment(0).plus(5 * SECOND)).denial.is_none());
    }
}
