//! Decides several asks at once: looks at all of them, then debits all.

use model::Now;

use super::{Local, crowded};
use crate::gcra::{Bucket, Ticks};
use crate::local::counts::Pending;
use crate::local::table::{Debit, Located, Refused};
use crate::policy::Kind;
use crate::{Ask, Decision, MOST_ASKS, Standing};

/// What a look at the asks of a request found. Counts are held until they are debited.
#[derive(Default)]
struct Found<'a> {
    rates: [Option<Located<'a>>; MOST_ASKS],
    counts: [Option<Pending<'a>>; MOST_ASKS],
}

/// A rate that admits its ask, and what it will then say.
#[derive(Clone, Copy)]
struct Due<'a> {
    bucket: &'a Bucket,
    located: Located<'a>,
    debit: Debit,
}

impl Local {
    /// Looks first, so that a denial touches nothing, and then debits what it found. When another request
    /// takes the last permit of an ask between look and debit, the debits made so far are taken back.
    pub(super) fn decide_all(&self, asks: &[Ask<'_>], now: Now) -> Decision {
        self.prefetch(&[asks]);
        if asks.iter().all(|ask| matches!(ask.policy.kind, Kind::Rate(_))) {
            return self.decide_rates(asks, now);
        }
        let mut found = Found::default();
        if !self.find_all(asks, &mut found, now) {
            found = Found::default();
            let decision = self.look(asks, now);
            if !decision.is_allowed() {
                return decision;
            }
        }
        self.debit_all(asks, found, now)
    }

    /// As [`Local::decide_all`], of rates only, which most limits are.
    #[inline]
    fn decide_rates(&self, asks: &[Ask<'_>], now: Now) -> Decision {
        let ticks = Ticks::at(now.moment);
        let mut due: [Option<Due<'_>>; MOST_ASKS] = [None; MOST_ASKS];
        for (slot, ask) in due.iter_mut().zip(asks) {
            let Kind::Rate(bucket) = &ask.policy.kind else { continue };
            let located = self.rates.search(ask.key);
            let tat = located.tat();
            let Ok(after) = bucket.debit(tat, bucket.debt(ask.cost), ticks) else {
                return self.look(asks, now);
            };
            *slot = Some(Due { bucket, located, debit: Debit::from(tat, after, ticks) });
        }
        let mut denied = None;
        let decision = Decision::with(asks.len(), |index| match &mut due[index] {
            Some(due) if denied.is_none() => {
                if !due.located.replace(due.debit.after)
                    && let Err(standing) = self.debit_again(&asks[index], due, ticks)
                {
                    denied = Some((index, standing));
                    return standing;
                }
                due.bucket.standing(due.debit.after, ticks, None)
            }
            _ => Standing::default(),
        });
        let Some((index, standing)) = denied else {
            return decision;
        };
        let made = due.iter().flatten().map(|due| due.debit);
        self.take_back(asks[..index].iter().zip(made), now);
        self.look_denied(asks, index, standing, now)
    }

    /// The first debit of a key, or one that another request was ahead of.
    #[cold]
    #[inline(never)]
    fn debit_again(&self, ask: &Ask<'_>, due: &mut Due<'_>, now: Ticks) -> Result<(), Standing> {
        let Due { bucket, located, debit } = due;
        match self.rates.debit_at(*located, bucket, bucket.debt(ask.cost), now) {
            Ok(made) => {
                if made.is_first {
                    self.names.see(ask);
                }
                *debit = made;
                Ok(())
            }
            Err(Refused::Exhausted { tat, wait }) => Err(bucket.standing(tat, now, Some(wait))),
            Err(Refused::Crowded) => Err(crowded()),
        }
    }

    /// False when an ask would be denied, or another request holds what one needs.
    #[inline]
    fn find_all<'a>(&'a self, asks: &[Ask<'_>], found: &mut Found<'a>, now: Now) -> bool {
        asks.iter().enumerate().all(|(index, ask)| match &ask.policy.kind {
            Kind::Rate(bucket) => {
                let located = self.rates.search(ask.key);
                found.rates[index] = Some(located);
                let debt = bucket.debt(ask.cost);
                bucket.debit(located.tat(), debt, Ticks::at(now.moment)).is_ok()
            }
            Kind::Count(count) => {
                let now = now.timestamp;
                let Some(pending) = self.counts(count).try_pend(ask.key, count, now) else {
                    return false;
                };
                let is_admitted = pending.admits(count, ask.cost, now);
                if !is_admitted && pending.is_first() {
                    self.names.see(ask);
                }
                found.counts[index] = Some(pending);
                is_admitted
            }
        })
    }

    #[inline]
    fn debit_all(&self, asks: &[Ask<'_>], mut found: Found<'_>, now: Now) -> Decision {
        let mut debits = [Debit::default(); MOST_ASKS];
        let mut denied = None;
        let decision = Decision::with(asks.len(), |index| {
            if denied.is_some() {
                return Standing::default();
            }
            let ask = &asks[index];
            let standing = match (&ask.policy.kind, &mut found.counts[index]) {
                (Kind::Count(count), Some(pending)) => {
                    self.count(ask, count, pending, now.timestamp)
                }
                _ => self.debit(ask, found.rates[index], &mut debits[index], now),
            };
            if standing.is_violated() {
                denied = Some((index, standing));
            }
            standing
        });
        let Some((index, standing)) = denied else {
            return decision;
        };
        // To take back takes the same locks.
        drop(found);
        self.take_back(asks[..index].iter().zip(debits), now);
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
