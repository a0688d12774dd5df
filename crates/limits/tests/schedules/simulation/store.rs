//! The store: its books, its clock, and a replica that lags behind.

use std::collections::VecDeque;

use limits::leased::Books;
use model::{Moment, Now, Timestamp};

use super::clock::{MILLISECOND, Time};
use super::network::{Answer, Request};

/// How far behind a replica can be.
const LONGEST_LAG: Time = 250 * MILLISECOND;

pub(crate) struct Store {
    books: Books,
    /// The books as they were, with what each write granted.
    past: VecDeque<(Time, Books, f64)>,
    /// Milliseconds that the clock shows beyond true time.
    offset: i64,
    rival_window: (u64, u64),
    has_replica: bool,
    pub(crate) silent_until: Time,
    pub(crate) messages: u64,
}

impl Store {
    /// `has_replica`: whether the past is kept, so that [`Store::fail_over`] finds it.
    pub(crate) fn new(has_replica: bool) -> Self {
        Self {
            has_replica,
            books: Books::default(),
            past: VecDeque::new(),
            offset: 3_600_000,
            rival_window: (0, 0),
            silent_until: 0,
            messages: 0,
        }
    }

    pub(crate) fn receive(&mut self, request: Request, time: Time) -> Option<Answer> {
        if time < self.silent_until {
            return None;
        }
        self.messages += 1;
        let now = self.now(time);
        let before = self.has_replica.then(|| self.books.clone());
        let books = &mut self.books;
        let (answer, granted) = match request {
            Request::Lease { id, asks } => {
                let grants: Vec<_> = asks.iter().map(|ask| books.lease(ask, now)).collect();
                let granted = grants.iter().map(|grant| f64::from(grant.permits)).sum();
                (Some(Answer::Granted { id, grants }), granted)
            }
            Request::TakeBack(leftovers) => {
                leftovers.iter().for_each(|leftover| books.take_back(leftover, now));
                (None, 0.0)
            }
            Request::Debit { id, asks } => {
                let copy = (asks.len() > 1).then(|| books.clone());
                let is_allowed = asks
                    .iter()
                    .all(|(policy, key, cost)| books.debit(policy, *key, *cost, now).is_ok());
                if let Some(copy) = copy.filter(|_| !is_allowed) {
                    *books = copy;
                }
                (Some(Answer::Debited { id, is_allowed }), f64::from(u8::from(is_allowed)))
            }
            Request::Report { used } => {
                let window = time / 1_000_000_000;
                if self.rival_window.0 != window {
                    self.rival_window = (window, 0);
                }
                self.rival_window.1 += used;
                (Some(Answer::Total { used: self.rival_window.1 }), 0.0)
            }
        };
        self.past.extend(before.map(|books| (time, books, granted)));
        while self.past.front().is_some_and(|(at, ..)| at + LONGEST_LAG < time) {
            self.past.pop_front();
        }
        answer
    }

    /// A replica takes over that misses the writes of the last `lost`: how many permits they granted.
    pub(crate) fn fail_over(&mut self, lost: Time, time: Time) -> f64 {
        let since = time.saturating_sub(lost);
        let mut permits = 0.0;
        while self.past.back().is_some_and(|(at, ..)| *at > since) {
            let Some((_, books, granted)) = self.past.pop_back() else { break };
            permits += granted;
            self.books = books;
        }
        permits
    }

    pub(crate) fn step(&mut self, millis: i64) {
        self.offset += millis;
    }

    fn now(&self, time: Time) -> Now {
        let shown = (time / MILLISECOND).saturating_add_signed(self.offset);
        Now {
            moment: Moment(shown * MILLISECOND + time % MILLISECOND),
            timestamp: Timestamp(shown),
        }
    }
}
