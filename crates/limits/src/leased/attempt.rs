//! One try at deciding a request with what the node holds.

use std::slice;
use std::sync::Arc;
use std::time::Duration;

use model::{Moment, Now};

use super::node::Node;
use super::purse::{Purse, Spent, Take};
use super::wait::Round;
use crate::{Ask, Decision, MOST_ASKS, Standing, Verdict};

/// What came of a try.
pub(super) enum Attempt {
    Done(Decision),
    /// Nothing was taken. These answers decide.
    Waits(Vec<Round>),
    /// What is leased was taken. The store has to decide the others.
    Rest(Box<Taken>),
}

/// Permits taken for some asks of a request.
pub(super) struct Taken {
    pub(super) decision: Decision,
    spent: [Option<Spent>; MOST_ASKS],
    /// By ask: whether the store has to decide it.
    is_open: [bool; MOST_ASKS],
    /// Whether the answer to an ask does.
    waits: [bool; MOST_ASKS],
}

/// What one ask got.
enum Part {
    Spent(Spent, Standing),
    /// Without a debit.
    Standing(Standing),
    Wait(Option<Round>),
    Open,
}

impl Node {
    /// Takes permits for every ask that is leased. Unless all are there, none stays taken.
    pub(super) fn attempt(&self, asks: &[Ask<'_>], now: Moment) -> Attempt {
        if let [ask] = asks {
            return self.attempt_one(ask, now);
        }
        let mut taken = Taken::nothing_of(asks.len());
        let mut waits = None;
        for (index, ask) in asks.iter().enumerate() {
            match self.part(ask, now) {
                Part::Spent(spent, standing) => {
                    taken.spent[index] = Some(spent);
                    taken.decision.set(index, standing);
                }
                Part::Standing(standing) => taken.decision.set(index, standing),
                Part::Wait(round) => {
                    taken.waits[index] = true;
                    waits.get_or_insert_with(Vec::new).extend(round);
                }
                Part::Open => taken.is_open[index] = true,
            }
        }
        let is_allowed = taken.decision.is_allowed();
        if is_allowed && waits.is_none() {
            let is_whole = !taken.is_open.contains(&true);
            return if is_whole {
                Attempt::Done(taken.decision)
            } else {
                Attempt::Rest(Box::new(taken))
            };
        }
        taken.put_back(self, asks);
        match waits {
            Some(waits) if is_allowed => Attempt::Waits(waits),
            _ => {
                taken.recall(self, asks, now);
                Attempt::Done(taken.decision)
            }
        }
    }

    fn attempt_one(&self, ask: &Ask<'_>, now: Moment) -> Attempt {
        match self.part(ask, now) {
            Part::Spent(_, standing) | Part::Standing(standing) => {
                Attempt::Done(Decision::with(1, |_| standing))
            }
            Part::Wait(round) => Attempt::Waits(round.into_iter().collect()),
            Part::Open => {
                let mut taken = Taken::nothing_of(1);
                taken.is_open[0] = true;
                Attempt::Rest(Box::new(taken))
            }
        }
    }

    fn part(&self, ask: &Ask<'_>, now: Moment) -> Part {
        let part = self.with_purse(ask, now, |purse| {
            let limit = ask.policy.limit();
            if ask.cost == 0 {
                return Part::Standing(standing(purse, now));
            }
            let Ok(cost) = u32::try_from(ask.cost.min(limit.saturating_add(1))) else {
                return Part::Open;
            };
            if ask.cost > limit {
                return Part::Standing(denied(purse, Duration::ZERO, now));
            }
            let (take, refill) = purse.take(cost, now);
            self.see_to(purse, refill);
            match take {
                Take::Spent(spent) => Part::Spent(spent, standing(purse, now)),
                Take::Denied { retry_in } => Part::Standing(denied(purse, retry_in, now)),
                Take::Wait => Part::Wait(Round::of(purse)),
                // Failure policies are the store's own driver's to apply, to what is leased and what is
                // not alike: were a part of a limit counted here, too, it would be given twice.
                Take::CutOff => Part::Open,
            }
        });
        part.unwrap_or(Part::Open)
    }
}

impl Taken {
    fn nothing_of(asked: usize) -> Self {
        Self {
            decision: Decision::with(asked, |_| Standing::default()),
            spent: [None; MOST_ASKS],
            is_open: [false; MOST_ASKS],
            waits: [false; MOST_ASKS],
        }
    }

    /// Where those stand that nobody has decided, as far as is known: a denial by another is not worth a call.
    fn recall(&mut self, node: &Node, asks: &[Ask<'_>], now: Moment) {
        let present = Now { moment: now, ..node.clock.now() };
        for (index, ask) in asks.iter().enumerate() {
            let purse = || node.purse_of(ask.key).filter(|purse| purse.was_answered());
            let known = match (self.is_open[index], self.waits[index]) {
                (false, false) => continue,
                (false, true) => purse().map(|purse| standing(&purse, now)),
                (true, _) => None,
            };
            let last_known = || node.exact.last_known(slice::from_ref(ask), present).standings()[0];
            self.decision.set(index, known.unwrap_or_else(last_known));
        }
    }

    pub(super) fn put_back(&self, node: &Node, asks: &[Ask<'_>]) {
        for (ask, spent) in asks.iter().zip(self.spent) {
            if let Some((spent, purse)) = spent.zip(node.purse_of(ask.key)) {
                purse.put_back(spent);
            }
        }
    }

    /// Whether the store has to decide it all.
    pub(super) fn is_nothing(&self) -> bool {
        self.open().count() == self.decision.standings().len()
    }

    /// Positions of the asks that the store has to decide.
    pub(super) fn open(&self) -> impl Iterator<Item = usize> + '_ {
        self.is_open.iter().enumerate().filter_map(|(index, is_open)| is_open.then_some(index))
    }
}

fn standing(purse: &Arc<Purse>, now: Moment) -> Standing {
    let known = purse.known(now);
    Standing::admitted(known.remaining)
        .with_more_in(known.more_in)
        .with_overshoot(purse.overshoot_bound())
}

fn denied(purse: &Arc<Purse>, retry_in: Duration, now: Moment) -> Standing {
    let known = purse.known(now);
    let verdict = if known.is_paused { Verdict::Paused } else { Verdict::Exhausted };
    Standing::denied(verdict, known.remaining, retry_in.max(known.more_in))
        .with_more_in(retry_in.max(known.more_in))
        .with_overshoot(purse.overshoot_bound())
}
