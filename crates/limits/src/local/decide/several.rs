//! Decides several asks at once: looks at all of them, then debits all.

use model::Now;

use super::{Local, crowded};
use crate::gcra::{Bucket, Ticks};
use crate::local::table::{Debit, Located, Refused};
use crate::policy::Kind;
use crate::{Ask, Decision, MOST_ASKS, Standing};

/// What a look at the asks of a request found.
#[derive(Default)]
struct Found<'a> {
    rates: [Option<Located<'a>>; MOST_ASKS],
    /// The count that its own debit looks at.
    count: Option<usize>,
}

impl Local {
    /// Looks first, so that a denial touches nothing, and then debits what it found. One count is not
    /// looked at: it is the first to be debited, and refuses by itself. When another request takes the
    /// last permit of an ask between look and debit, the debits made so far are taken back.
    pub(super) fn decide_all(&self, asks: &[Ask<'_>], now: Now) -> Decision {
        self.prefetch(asks);
        if asks.iter().all(|ask| matches!(ask.policy.kind, Kind::Rate(_))) {
            return self.decide_rates(asks, now);
        }
        let Some(found) = self.find_all(asks, now) else {
            let decision = self.look(asks, now);
            if !decision.is_allowed() {
                return decision;
            }
            return self.debit_all(asks, &Found::default(), now);
        };
        self.debit_all(asks, &found, now)
    }

    /// As [`Local::decide_all`], of rates only, which most limits are.
    fn decide_rates(&self, asks: &[Ask<'_>], now: Now) -> Decision {
        let ticks = Ticks::at(now.moment);
        let mut found: [Option<(&Bucket, Located<'_>)>; MOST_ASKS] = [None; MOST_ASKS];
        for (slot, ask) in found.iter_mut().zip(asks) {
            let Kind::Rate(bucket) = &ask.policy.kind else { continue };
            let located = self.rates.search(ask.key);
            if bucket.debit(located.tat(), bucket.debt(ask.cost), ticks).is_err() {
                return self.look(asks, now);
            }
            *slot = Some((bucket, located));
        }
        let mut debits = [Debit::default(); MOST_ASKS];
        let mut denied = None;
        let decision = Decision::with(asks.len(), |index| match found[index] {
            Some((bucket, located)) if denied.is_none() => {
                let ask = &asks[index];
                let debt = bucket.debt(ask.cost);
                let standing = match self.rates.debit_at(located, *bucket, debt, ticks) {
                    Ok(debit) => {
                        if debit.is_first {
                            self.names.see(ask);
                        }
                        debits[index] = debit;
                        return bucket.standing(debit.after, ticks, None);
                    }
                    Err(Refused::Exhausted { tat, wait }) => {
                        bucket.standing(tat, ticks, Some(wait))
                    }
                    Err(Refused::Crowded) => crowded(),
                };
                denied = Some((index, standing));
                standing
            }
            _ => Standing::default(),
        });
        let Some((index, standing)) = denied else {
            return decision;
        };
        self.take_back((0..index).map(|index| (&asks[index], debits[index])), now);
        self.look_denied(asks, index, standing, now)
    }

    /// Nothing when an ask would be denied.
    #[inline]
    fn find_all(&self, asks: &[Ask<'_>], now: Now) -> Option<Found<'_>> {
        let mut found = Found::default();
        for (index, ask) in asks.iter().enumerate() {
            let is_admitted = match &ask.policy.kind {
                Kind::Rate(bucket) => {
                    let located = self.rates.search(ask.key);
                    found.rates[index] = Some(located);
                    let debt = bucket.debt(ask.cost);
                    bucket.debit(located.tat(), debt, Ticks::at(now.moment)).is_ok()
                }
                Kind::Count(_) if found.count.is_none() => {
                    found.count = Some(index);
                    true
                }
                Kind::Count(count) => {
                    let words = self.counts(count).look(ask.key, count, now.timestamp);
                    count.admits(&words, ask.cost, now.timestamp)
                }
            };
            if !is_admitted {
                return None;
            }
        }
        Some(found)
    }

    #[inline]
    fn debit_all(&self, asks: &[Ask<'_>], found: &Found<'_>, now: Now) -> Decision {
        let mut debits = [Debit::default(); MOST_ASKS];
        let first =
            found.count.map(|index| self.debit(&asks[index], None, &mut debits[index], now));
        if let (Some(standing), Some(index)) = (first, found.count)
            && standing.is_violated()
        {
            return self.look_denied(asks, index, standing, now);
        }
        let mut denied = None;
        let decision = Decision::with(asks.len(), |index| match first {
            _ if denied.is_some() => Standing::default(),
            Some(standing) if found.count == Some(index) => standing,
            _ => {
                let located = found.rates[index];
                let standing = self.debit(&asks[index], located, &mut debits[index], now);
                if standing.is_violated() {
                    denied = Some((index, standing));
                }
                standing
            }
        });
        let Some((index, standing)) = denied else {
            return decision;
        };
        let ahead = found.count.filter(|first| *first > index);
        let made = (0..index).chain(ahead).map(|index| (&asks[index], debits[index]));
        self.take_back(made, now);
        self.look_denied(asks, index, standing, now)
    }

    /// Where all stand when one of them has just been denied.
    #[cold]
    fn look_denied(
        &self,
        asks: &[Ask<'_>],
        index: usize,
        standing: Standing,
        now: Now,
    ) -> Decision {
        let mut decision = self.look(asks, now);
        decision.set(index, standing);
        decision
    }

    fn take_back<'a>(&self, made: impl Iterator<Item = (&'a Ask<'a>, Debit)>, now: Now) {
        let present = self.present();
        for (ask, debit) in made {
            match &ask.policy.kind {
                Kind::Rate(_) => self.rates.take_back(ask.key, debit, present),
                Kind::Count(_) => self.give_back(ask, ask.cost, now, now),
            }
        }
    }
}
