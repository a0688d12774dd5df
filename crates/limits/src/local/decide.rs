//! Decides the asks of one request: all are debited, or none is.

mod several;

use std::time::Duration;

use model::{Now, Timestamp};

use super::Local;
use super::counts::{Pending, Taken};
use super::names::Named;
use super::table::{Debit, Located, Refused};
use crate::count::Count;
use crate::gcra::{Bucket, Ticks};
use crate::policy::Kind;
use crate::{Answer, Ask, Decision, Entry, Reply, Standing, Verdict};

/// Requests whose memory is asked for together: as many as a processor has open questions to memory.
const AT_ONCE: usize = 16;

impl Local {
    /// What most requests meet is one rate, whose key is where it is looked for first. Their decision is
    /// written to where the caller wants it, and to nowhere else before: to copy what was just written in
    /// smaller parts takes a processor as long as to decide. All others begin anew elsewhere, so that
    /// nothing has to be kept for them.
    #[inline]
    pub(super) fn answer(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        if let [ask] = asks
            && let Kind::Rate(bucket) = &ask.policy.kind
            && !self.pauses.are_there(now.timestamp)
            && let located = self.rates.locate(ask.key)
            && let Some(standing) = rate_at_once(ask, bucket, located, Ticks::at(now.moment))
        {
            return Reply::Now(Decision::alone(standing));
        }
        self.answer_any(asks, now)
    }

    #[inline(never)]
    fn answer_any(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        Reply::Now(self.decide_now(asks, now))
    }

    fn decide_now(&self, asks: &[Ask<'_>], now: Now) -> Decision {
        if self.pauses.are_there(now.timestamp) && self.see_paused(asks, now) {
            return self.look(asks, now);
        }
        match asks {
            [ask] => Decision::alone(self.debit(ask, None, &mut Debit::default(), now)),
            _ => self.decide_all(asks, now),
        }
    }

    /// Decides requests one after the other, in any order, having asked for the memory they need all at
    /// once.
    pub fn decide_batch(
        &self,
        requests: &[&[Ask<'_>]],
        now: Now,
        mut each: impl FnMut(usize, &Decision),
    ) {
        let mut first = 0;
        let mut chunks = requests.chunks(AT_ONCE);
        let mut next = chunks.next().inspect(|some| self.prefetch(some));
        while let Some(some) = next {
            next = chunks.next().inspect(|some| self.prefetch(some));
            self.decide_chunk(some, now, |index, decision| each(first + index, decision));
            first += some.len();
        }
    }

    /// Asks for the memory where the keys of rates most likely are.
    #[inline]
    fn prefetch(&self, requests: &[&[Ask<'_>]]) {
        for ask in requests.iter().copied().flatten() {
            if let Kind::Rate(_) = &ask.policy.kind {
                self.rates.prefetch(ask.key);
            }
        }
    }

    /// What is found in the first place is decided while the memory of the others is on its way.
    #[inline]
    fn decide_chunk(
        &self,
        requests: &[&[Ask<'_>]],
        now: Now,
        mut each: impl FnMut(usize, &Decision),
    ) {
        let are_paused = self.pauses.are_there(now.timestamp);
        let ticks = Ticks::at(now.moment);
        let (mut rest, mut count) = ([0; AT_ONCE], 0);
        for (index, asks) in requests.iter().enumerate() {
            if let [ask] = asks
                && let Kind::Rate(bucket) = &ask.policy.kind
                && !are_paused
            {
                let located = self.rates.locate(ask.key);
                if let Some(standing) = rate_at_once(ask, bucket, located, ticks) {
                    each(index, &Decision::alone(standing));
                    continue;
                }
                self.rates.prefetch_rest(ask.key);
            }
            rest[count] = index;
            count += 1;
        }
        for &index in &rest[..count] {
            if let [ask] = requests[index]
                && let Kind::Rate(bucket) = &ask.policy.kind
                && !are_paused
                && let located = self.rates.search(ask.key)
                && let Some(standing) = rate_at_once(ask, bucket, located, ticks)
            {
                each(index, &Decision::alone(standing));
            } else {
                each(index, &self.decide_now(requests[index], now));
            }
        }
    }

    /// Where the key stands afterwards. Nothing is debited when it is violated.
    #[inline]
    fn debit(
        &self,
        ask: &Ask<'_>,
        located: Option<Located<'_>>,
        made: &mut Debit,
        now: Now,
    ) -> Standing {
        let bucket = match &ask.policy.kind {
            Kind::Rate(bucket) => bucket,
            Kind::Count(count) => {
                let mut pending = self.counts(count).pend(ask.key, count, now.timestamp);
                return self.count(ask, count, &mut pending, now.timestamp);
            }
        };
        let now = Ticks::at(now.moment);
        let located = located.unwrap_or_else(|| self.rates.locate(ask.key));
        match self.rates.debit_at(located, bucket, bucket.debt(ask.cost), now) {
            Ok(debit) => {
                if debit.is_first {
                    self.names.see(ask);
                }
                *made = debit;
                bucket.standing(debit.after, now, None)
            }
            Err(Refused::Exhausted { tat, wait }) => bucket.standing(tat, now, Some(wait)),
            Err(Refused::Crowded) => crowded(),
        }
    }

    #[inline]
    fn count(
        &self,
        ask: &Ask<'_>,
        count: &Count,
        pending: &mut Pending<'_>,
        now: Timestamp,
    ) -> Standing {
        let taken = pending.take(count, ask.cost, now);
        if taken == Taken::Crowded {
            return crowded();
        }
        if ask.cost > 0 && pending.is_first() {
            self.names.see(ask);
        }
        count.standing(pending.words(), (taken == Taken::Refused).then_some(ask.cost), now)
    }

    pub(super) fn look(&self, asks: &[Ask<'_>], now: Now) -> Decision {
        Decision::with(asks.len(), |index| {
            let ask = &asks[index];
            let standing = self.standing(ask, now);
            match self.pauses.until(ask.key, now.timestamp) {
                Some(until) if ask.cost > 0 => {
                    let wait = until.since(now.timestamp).max(standing.retry_in());
                    Standing::denied(Verdict::Paused, standing.remaining, wait)
                        .with_more_in(standing.more_in())
                        .with_full_in(standing.full_in())
                }
                _ => standing,
            }
        })
    }

    fn standing(&self, ask: &Ask<'_>, now: Now) -> Standing {
        match &ask.policy.kind {
            Kind::Rate(bucket) => {
                let now = Ticks::at(now.moment);
                let tat = self.rates.peek(ask.key);
                let wait = bucket.debit(tat, bucket.debt(ask.cost), now).err();
                bucket.standing(tat, now, wait)
            }
            Kind::Count(count) => {
                let words = self.counts(count).look(ask.key, count, now.timestamp);
                let is_admitted = count.admits(&words, ask.cost, now.timestamp);
                count.standing(&words, (!is_admitted).then_some(ask.cost), now.timestamp)
            }
        }
    }

    /// Whether any of them is paused. A pause outlives the process that named its key.
    #[cold]
    fn see_paused(&self, asks: &[Ask<'_>], now: Now) -> bool {
        let is_paused =
            |ask: &&Ask<'_>| ask.cost > 0 && self.pauses.until(ask.key, now.timestamp).is_some();
        let paused = asks.iter().filter(is_paused);
        paused.inspect(|ask| self.names.see(ask)).count() > 0
    }

    /// Permits that the key has used: more than the limit when it is overdrawn.
    pub fn used(&self, ask: &Ask<'_>, now: Now) -> u64 {
        match &ask.policy.kind {
            Kind::Rate(bucket) => bucket.used(self.rates.peek(ask.key), Ticks::at(now.moment)),
            Kind::Count(count) => {
                let words = self.counts(count).look(ask.key, count, now.timestamp);
                count.used(&words, now.timestamp)
            }
        }
    }

    pub(super) fn entry(&self, named: Named, now: Now) -> Entry {
        let Named { policy, key, name } = named;
        let standing = self.standing(&Ask::one(&policy, key).cost(0), now);
        let paused_until = self.pauses.until(key, now.timestamp);
        let limit = policy.limit();
        Entry {
            key,
            name,
            used: self.used(&Ask::one(&policy, key), now),
            limit,
            remaining: standing.remaining,
            full_in: standing.full_in(),
            paused_until,
            policy,
        }
    }
}

/// None when the key has no slot there, or somebody else debits it as well. What is handed up stays in
/// registers: to write a standing and to read it again takes as long as to decide.
#[inline(always)]
fn rate_at_once(
    ask: &Ask<'_>,
    bucket: &Bucket,
    located: Located<'_>,
    now: Ticks,
) -> Option<Standing> {
    let tat = located.is_found().then(|| located.tat())?;
    match bucket.debit(tat, bucket.debt(ask.cost), now) {
        Ok(after) if located.replace(after) => Some(bucket.standing(after, now, None)),
        Ok(_) => None,
        Err(wait) => Some(bucket.standing(tat, now, Some(wait))),
    }
}

fn crowded() -> Standing {
    Standing::denied(Verdict::Crowded, 0, Duration::ZERO)
}
