//! Which slots of concurrency requests of this node hold, and how many of them the store may know of.
//!
//! A beat does not say how many they are: what the store has counted, and whose reply is on its way, would be
//! lost, and its slot given to somebody else. It asks how many the store has counted for this node, and corrects
//! that by the difference to what it can be at least and at most. While nothing is under way, both are what is
//! held. Whatever is under way widens the bounds, and so does for a while whatever nobody answered: the store may
//! have counted it, or yet do so.

use std::collections::{HashMap, VecDeque};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use limits::Key;
use model::{Clock, Moment};

use super::request::{HOLD_TTL, Line, Request, Verb};

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct Slots {
    books: Arc<Mutex<Books>>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Books {
    by_key: HashMap<Key, Book>,
    /// How many there ever were.
    opened: u64,
}

/// The slots of one key.
struct Book {
    line: Line,
    /// Tells it from one that was closed before.
    number: u64,
    /// By requests that were admitted and have not ended.
    held: u64,
    /// Asked of the store, to take or to give back, and not answered.
    under_way: u64,
    /// What was never answered, and since when.
    in_doubt: VecDeque<(Moment, u64)>,
    /// How many were ever asked of the store, and how many ever given back: what came between two looks.
    asked: u64,
    given: u64,
}

/// A book before the store was asked what it has counted.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) line: Line,
    number: u64,
    held: u64,
    uncertain: u64,
    asked: u64,
    given: u64,
}

/// By how much the store is corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Correction {
    Take(u64),
    GiveBack(u64),
}

/// Slots that the store is asked for, or is given back. In doubt when it is dropped without an answer.
pub(crate) struct UnderWay {
    slots: Slots,
    request: Arc<Request>,
    is_answered: bool,
}

/// What the store makes of slots that it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Taken,
    NotTaken,
}

/// What was not answered within this is counted by now, or never will be.
const DOUBT: Duration = HOLD_TTL;
/// What came so shortly after something else is in doubt as long as that.
const TOGETHER: Duration = Duration::from_secs(1);

impl Slots {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { books: Arc::default(), clock }
    }

    /// Before the store is asked for them; nothing where no limit of the request counts slots.
    pub(crate) fn ask(&self, request: &Arc<Request>) -> Option<UnderWay> {
        self.begin(request, |_, _| {})
    }

    /// Before the store is given them back: they are nobody's any more.
    pub(crate) fn give_back(&self, request: &Arc<Request>) -> Option<UnderWay> {
        self.begin(request, Book::give)
    }

    fn begin(&self, request: &Arc<Request>, note: fn(&mut Book, u64)) -> Option<UnderWay> {
        if !request.lines.iter().any(|line| line.policy.counts_slots()) {
            return None;
        }
        self.each(request, |book, cost| {
            note(book, cost);
            book.under_way += cost;
            book.asked += cost;
        });
        let (slots, request) = (self.clone(), Arc::clone(request));
        Some(UnderWay { slots, request, is_answered: false })
    }

    /// Taken without the store.
    pub(crate) fn take_alone(&self, lines: &[Line]) {
        let mut books = self.books();
        of_slots(lines).for_each(|line| books.of(line).held += line.cost);
    }

    /// Given back without the store. A book that the store has no part in is closed with that.
    pub(crate) fn give_back_alone(&self, lines: &[Line]) {
        let mut books = self.books();
        for line in of_slots(lines) {
            let book = books.of(line);
            book.give(line.cost);
            if book.is_idle() && book.asked == 0 {
                books.by_key.remove(&line.key);
            }
        }
    }

    /// How many slots of the key requests of this node hold.
    pub(crate) fn held(&self, key: Key) -> u64 {
        self.books().by_key.get(&key).map_or(0, |book| book.held)
    }

    /// Keys of which there is something to tell or to ask: first those whose slots would be lost.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let books = self.books();
        let some =
            |is_held| books.by_key.iter().filter(move |(_, book)| (book.held > 0) == is_held);
        some(true).chain(some(false)).map(|(key, _)| *key).collect()
    }

    pub(crate) fn look(&self, keys: &[Key]) -> Vec<Look> {
        let (mut books, now) = (self.books(), self.clock.moment());
        let mut looks = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(book) = books.by_key.get_mut(key) else { continue };
            book.in_doubt.retain(|(since, _)| now.since(*since) < DOUBT + TOGETHER);
            looks.push(book.look());
        }
        looks
    }

    /// What to correct, where the store has `counted` that since the look. A book that has come to its end is
    /// closed.
    pub(crate) fn compare(&self, look: &Look, counted: u64) -> Option<Correction> {
        let mut books = self.books();
        let book = books.by_key.get(&look.line.key).filter(|book| book.number == look.number)?;
        let bounds = book.bounds(look);
        if counted < *bounds.start() {
            return Some(Correction::Take(bounds.start() - counted));
        }
        if counted > *bounds.end() {
            return Some(Correction::GiveBack(counted - bounds.end()));
        }
        if counted == 0 && book.is_idle() {
            books.by_key.remove(&look.line.key);
        }
        None
    }

    fn each(&self, request: &Request, change: impl Fn(&mut Book, u64)) {
        let mut books = self.books();
        of_slots(&request.lines).for_each(|line| change(books.of(line), line.cost));
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    /// The line's book, opened if there is none.
    fn of(&mut self, line: &Line) -> &mut Book {
        self.by_key.entry(line.key).or_insert_with(|| {
            self.opened += 1;
            Book {
                line: Line { cost: 0, ..line.clone() },
                number: self.opened,
                held: 0,
                under_way: 0,
                in_doubt: VecDeque::new(),
                asked: 0,
                given: 0,
            }
        })
    }
}

impl Book {
    fn give(&mut self, cost: u64) {
        self.held = self.held.saturating_sub(cost);
        self.given += cost;
    }

    fn doubt(&mut self, cost: u64, now: Moment) {
        match self.in_doubt.back_mut() {
            Some((since, sum)) if now.since(*since) < TOGETHER => *sum += cost,
            _ => self.in_doubt.push_back((now, cost)),
        }
    }

    fn look(&self) -> Look {
        let in_doubt: u64 = self.in_doubt.iter().map(|(_, cost)| cost).sum();
        Look {
            line: self.line.clone(),
            number: self.number,
            held: self.held,
            uncertain: self.under_way + in_doubt,
            asked: self.asked,
            given: self.given,
        }
    }

    /// What the store may have counted at some time since this look.
    fn bounds(&self, look: &Look) -> RangeInclusive<u64> {
        let (asked, given) = (self.asked - look.asked, self.given - look.given);
        look.held.saturating_sub(given)..=look.held + look.uncertain + asked
    }

    fn is_idle(&self) -> bool {
        self.held == 0 && self.under_way == 0 && self.in_doubt.is_empty()
    }
}

impl UnderWay {
    /// The store has done as it was told.
    pub(crate) fn done(self) {
        let outcome = match self.request.verb {
            Verb::Charge => Outcome::Taken,
            _ => Outcome::NotTaken,
        };
        self.answered(outcome);
    }

    pub(crate) fn answered(mut self, outcome: Outcome) {
        self.is_answered = true;
        self.slots.each(&self.request, |book, cost| {
            book.under_way = book.under_way.saturating_sub(cost);
            if outcome == Outcome::Taken {
                book.held += cost;
            }
        });
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.is_answered {
            return;
        }
        let now = self.slots.clock.moment();
        self.slots.each(&self.request, |book, cost| {
            book.under_way = book.under_way.saturating_sub(cost);
            book.doubt(cost, now);
        });
    }
}

fn of_slots(lines: &[Line]) -> impl Iterator<Item = &Line> {
    lines.iter().filter(|line| line.policy.counts_slots())
}

#[cfg(test)]
mod tests;
