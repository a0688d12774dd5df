//! Decides several asks at once: looks at all of them, then debits all.

use model::Now;

use super::Local;
use crate::gcra::Ticks;
use crate::local::table::{Debit, Located};
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
        let Some(found) = self.find_all(asks, now) else {
            let decision = self.look(asks, now);
            if !decision.is_allowed() {
                return decision;
            }
            return self.debit_all(asks, &Found::default(), now);
        };
        self.debit_all(asks, &found, now)
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
