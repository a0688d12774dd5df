//! The order in which a queue's messages go out, as far as it is known: numbers and times, no bodies.
//! Of the messages that nobody has touched yet it knows only the next ones.

mod groups;
mod line;

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashMap;
use model::Timestamp;
use store::{Discipline, Number};

use groups::Groups;
use line::Line;

/// A message that was claimed or delayed at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Touched {
    /// `None` once it is visible.
    pub(super) until: Option<Timestamp>,
    pub(super) count: u32,
    /// When it was claimed first.
    pub(super) first: Timestamp,
    /// Its group, in a FIFO queue.
    pub(super) group: Option<Arc<str>>,
}

impl Touched {
    pub(super) fn is_in_flight(&self) -> bool {
        self.until.is_some() && self.count > 0
    }
}

#[derive(Debug, Default)]
pub(super) struct Order {
    touched: HashMap<Number, Touched>,
    hidden: BTreeSet<(Timestamp, Number)>,
    in_flight: usize,
    lane: Lane,
}

#[derive(Debug)]
enum Lane {
    Standard(Line),
    Fifo(Groups),
}

impl Default for Lane {
    fn default() -> Self {
        Self::Standard(Line::default())
    }
}

/// Where a claim of several messages has got to.
#[derive(Debug, Default)]
pub(super) struct Turn {
    group: Option<(Arc<str>, Number)>,
}

impl Order {
    pub(super) fn of(discipline: Discipline) -> Self {
        let lane = match discipline {
            Discipline::Standard => Lane::default(),
            Discipline::Fifo => Lane::Fifo(Groups::default()),
        };
        Self { lane, ..Self::default() }
    }

    /// Notes how a message stands that was claimed or delayed before.
    pub(super) fn touch(&mut self, number: Number, touched: Touched) {
        if touched.is_in_flight() {
            self.in_flight += 1;
            if let (Lane::Fifo(groups), Some(group)) = (&mut self.lane, &touched.group) {
                groups.block(group);
            }
        }
        match (touched.until, &mut self.lane) {
            (Some(until), _) => {
                self.hidden.insert((until, number));
            }
            (None, Lane::Standard(line)) => line.returns(number),
            (None, Lane::Fifo(_)) => {}
        }
        self.touched.insert(number, touched);
    }

    /// Knows the message after all that are known.
    pub(super) fn learn(&mut self, number: Number, group: &str) {
        match &mut self.lane {
            // A message that was touched has its place already.
            Lane::Standard(_) if self.touched.contains_key(&number) => {}
            Lane::Standard(line) => line.push(number),
            Lane::Fifo(groups) => groups.push(number, group, &self.touched),
        }
    }

    /// How many are known that nobody has touched; of a FIFO queue, how many are known at all.
    pub(super) fn ahead(&self) -> usize {
        match &self.lane {
            Lane::Standard(line) => line.ahead(),
            Lane::Fifo(groups) => groups.known(),
        }
    }

    /// Whether there may be one that goes out before those that are known.
    pub(super) fn wants_more(&self, few: usize, most: usize) -> bool {
        match &self.lane {
            Lane::Standard(line) => line.ahead() == 0,
            Lane::Fifo(groups) => {
                groups.known() < few || (groups.is_closed() && groups.known() < most)
            }
        }
    }

    /// Makes visible what was hidden until now.
    pub(super) fn release(&mut self, now: Timestamp) {
        while let Some((until, number)) = self.hidden.first().copied()
            && until <= now
        {
            self.hidden.pop_first();
            self.show(number);
        }
    }

    /// A message that is no longer among the hidden.
    fn show(&mut self, number: Number) {
        let Some(touched) = self.touched.get_mut(&number) else { return };
        let was_in_flight = touched.is_in_flight();
        touched.until = None;
        let group = touched.group.clone();
        self.in_flight -= usize::from(was_in_flight);
        match (&mut self.lane, group) {
            (Lane::Standard(line), _) => line.returns(number),
            (Lane::Fifo(groups), Some(group)) if was_in_flight => {
                groups.unblock(&group, &self.touched);
            }
            (Lane::Fifo(groups), Some(group)) => groups.look_at(&group, &self.touched),
            (Lane::Fifo(_), None) => {}
        }
    }

    /// The message that a claim takes next. It stays where it is until it is claimed or removed.
    pub(super) fn next(&self, turn: &mut Turn) -> Option<Number> {
        match &self.lane {
            Lane::Standard(line) => line.first(),
            Lane::Fifo(groups) => groups.next(&mut turn.group, &self.touched),
        }
    }

    /// Hides a visible message, and counts that.
    pub(super) fn claim(
        &mut self,
        number: Number,
        group: Option<&str>,
        now: Timestamp,
        until: Timestamp,
    ) -> &Touched {
        let group = match &mut self.lane {
            Lane::Standard(line) => {
                line.remove(number);
                None
            }
            Lane::Fifo(groups) => Some(groups.block_named(group.unwrap_or_default())),
        };
        self.in_flight += 1;
        self.hidden.insert((until, number));
        let fresh = || Touched { until: None, count: 0, first: now, group };
        let touched = self.touched.entry(number).or_insert_with(fresh);
        if touched.count == 0 {
            touched.first = now;
        }
        touched.count += 1;
        touched.until = Some(until);
        touched
    }

    /// Hides one in flight until another time.
    pub(super) fn hide(&mut self, number: Number, until: Timestamp, now: Timestamp) {
        let Some(touched) = self.touched.get_mut(&number) else { return };
        if let Some(before) = touched.until {
            self.hidden.remove(&(before, number));
        }
        if until <= now {
            self.show(number);
        } else {
            touched.until = Some(until);
            self.hidden.insert((until, number));
        }
    }

    /// Those that were delayed and never claimed, whether or not their time has come.
    pub(super) fn unclaimed(&self) -> Vec<Number> {
        let unclaimed = self.touched.iter().filter(|(_, touched)| touched.count == 0);
        unclaimed.map(|(number, _)| *number).collect()
    }

    /// Hides one that was never claimed until then, or shows it. Tells whether that is a change.
    pub(super) fn delay(&mut self, number: Number, until: Option<Timestamp>, group: &str) -> bool {
        let before = self.touched.get(&number).and_then(|touched| touched.until);
        if until == before {
            return false;
        }
        if let Some(before) = before {
            self.hidden.remove(&(before, number));
        }
        let group = matches!(self.lane, Lane::Fifo(_)).then(|| Arc::from(group));
        let fresh = Touched { until, count: 0, first: Timestamp(0), group: group.clone() };
        self.touched.entry(number).or_insert(fresh).until = until;
        if let Some(until) = until {
            self.hidden.insert((until, number));
        }
        match (&mut self.lane, group) {
            (Lane::Fifo(groups), Some(group)) => groups.look_at(&group, &self.touched),
            (Lane::Standard(line), _) if until.is_some() => line.remove(number),
            (Lane::Standard(line), _) => line.returns(number),
            (Lane::Fifo(_), None) => {}
        }
        true
    }

    /// Forgets a message. To tell its group saves a search, if nobody has touched it.
    pub(super) fn remove(&mut self, number: Number, group: Option<&str>) {
        let touched = self.touched.remove(&number);
        let was_in_flight = touched.as_ref().is_some_and(Touched::is_in_flight);
        if let Some(until) = touched.as_ref().and_then(|touched| touched.until) {
            self.hidden.remove(&(until, number));
        }
        self.in_flight -= usize::from(was_in_flight);
        match &mut self.lane {
            Lane::Standard(line) => line.remove(number),
            Lane::Fifo(groups) => {
                let known = touched.and_then(|touched| touched.group);
                let known = known.or_else(|| group.map(Arc::from));
                let Some(group) = known.or_else(|| groups.holder(number)) else { return };
                if was_in_flight {
                    groups.unblock(&group, &self.touched);
                }
                groups.remove(number, &group, &self.touched);
            }
        }
    }

    pub(super) fn touched(&self, number: Number) -> Option<&Touched> {
        self.touched.get(&number)
    }

    /// How often it was claimed.
    pub(super) fn count(&self, number: Number) -> u32 {
        self.touched(number).map_or(0, |touched| touched.count)
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub(super) fn delayed(&self) -> usize {
        self.hidden.len() - self.in_flight
    }

    /// When the next hidden message becomes visible.
    pub(super) fn next_visible(&self) -> Option<Timestamp> {
        self.hidden.first().map(|(until, _)| *until)
    }
}
