//! The books of one purse: receipts, demand, and who waits for an answer.

use std::task::Waker;
use std::time::Duration;

use model::Moment;

use crate::leased::demand::{Demand, Fill};
use crate::leased::heat::Heat;
use crate::leased::{Grant, Receipt};

#[derive(Debug)]
pub(super) struct Desk {
    /// Of the leases in the pouches: what was granted, and the proof.
    held: [Option<(u32, Receipt)>; 2],
    /// Permits granted and used up, of leases that are over.
    used: u64,
    /// All permits used when the last ask was made.
    used_then: u64,
    demand: Demand,
    /// When callers last asked often enough for leases to pay, as far as anybody looked.
    warm_at: Option<Moment>,
    asked_at: Moment,
    round: u64,
    waiting: Vec<Waker>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            held: [None; 2],
            used: 0,
            used_then: 0,
            demand: Demand::default(),
            warm_at: None,
            asked_at: Moment(0),
            round: 0,
            waiting: Vec::new(),
        }
    }

    /// Makes an ask: how much to ask for, when `left` permits are in the pouches.
    pub(super) fn ask(&mut self, left: u64, short: u64, ttl: Duration, now: Moment) -> u32 {
        let held: u64 = self.held.iter().flatten().map(|(granted, _)| u64::from(*granted)).sum();
        let used = self.used + held.saturating_sub(left);
        let since = used.saturating_sub(self.used_then);
        self.used_then = used;
        self.asked_at = now;
        self.demand.want(since, short, ttl, now)
    }

    pub(super) fn hold(&mut self, index: usize, grant: &Grant) {
        self.held[index] = Some((grant.permits, grant.receipt));
    }

    /// A lease is over with `unused` permits left: what to hand back, and the proof.
    pub(super) fn release(&mut self, index: usize, unused: u32) -> Option<(u32, Receipt)> {
        let (granted, receipt) = self.held[index].take()?;
        self.used += u64::from(granted.saturating_sub(unused));
        Some((unused.min(granted), receipt))
    }

    /// Notes the answer to an ask of at most `most`.
    pub(super) fn answered(&mut self, grant: &Grant, most: u32) -> Fill {
        self.demand.granted(grant.permits, most)
    }

    pub(super) fn is_cold(&mut self, round_trip: Duration, span: Duration, now: Moment) -> bool {
        let warm_at = *self.warm_at.get_or_insert(now);
        if Heat::is_cold(self.demand.rate(), round_trip) {
            return now.since(warm_at) >= span;
        }
        self.warm_at = Some(now);
        false
    }

    pub(super) fn is_idle(&self, span: Duration, now: Moment) -> bool {
        now.since(self.asked_at) >= span && self.waiting.is_empty()
    }

    pub(super) fn round(&self) -> u64 {
        self.round
    }

    pub(super) fn is_over(&mut self, round: u64, waker: &Waker) -> bool {
        let is_over = self.round != round;
        if !is_over && !self.waiting.iter().any(|waiting| waiting.will_wake(waker)) {
            self.waiting.push(waker.clone());
        }
        is_over
    }

    /// Everybody who waits looks again.
    pub(super) fn finish_round(&mut self) {
        self.round += 1;
        self.waiting.drain(..).for_each(Waker::wake);
    }
}
