//! The message groups of a FIFO queue, and which of them are open.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use foldhash::HashMap;
use store::Number;

use super::Touched;

#[derive(Debug, Default)]
pub(super) struct Groups {
    all: HashMap<Arc<str>, Group>,
    /// Groups that a claim may take of, by their first message.
    open: BTreeMap<Number, Arc<str>>,
    known: usize,
}

#[derive(Debug, Default)]
struct Group {
    /// The known messages, hidden ones too.
    numbers: VecDeque<Number>,
    in_flight: usize,
    /// Under which number it is among the open ones.
    opened: Option<Number>,
}

type AllTouched = HashMap<Number, Touched>;

fn is_hidden(number: Number, touched: &AllTouched) -> bool {
    touched.get(&number).is_some_and(|touched| touched.until.is_some())
}

impl Groups {
    fn named(&mut self, name: &str) -> Arc<str> {
        if let Some((name, _)) = self.all.get_key_value(name) {
            return Arc::clone(name);
        }
        let name: Arc<str> = name.into();
        self.all.insert(Arc::clone(&name), Group::default());
        name
    }

    pub(super) fn known(&self) -> usize {
        self.known
    }

    pub(super) fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn push(&mut self, number: Number, name: &str, touched: &AllTouched) {
        let name = self.named(name);
        if let Some(group) = self.all.get_mut(&name) {
            group.numbers.push_back(number);
            self.known += 1;
        }
        self.look_at(&name, touched);
    }

    /// One of its messages is in flight.
    pub(super) fn block(&mut self, name: &Arc<str>) {
        let group = self.all.entry(Arc::clone(name)).or_default();
        group.in_flight += 1;
        if let Some(number) = group.opened.take() {
            self.open.remove(&number);
        }
    }

    pub(super) fn block_named(&mut self, name: &str) -> Arc<str> {
        let name = self.named(name);
        self.block(&name);
        name
    }

    /// One is no longer in flight.
    pub(super) fn unblock(&mut self, name: &str, touched: &AllTouched) {
        if let Some(group) = self.all.get_mut(name) {
            group.in_flight -= 1;
        }
        self.look_at(name, touched);
    }

    pub(super) fn remove(&mut self, number: Number, name: &str, touched: &AllTouched) {
        if let Some(group) = self.all.get_mut(name)
            && let Ok(at) = group.numbers.binary_search(&number)
        {
            group.numbers.remove(at);
            self.known -= 1;
        }
        self.look_at(name, touched);
    }

    /// The group that has this message, looked for in all of them.
    pub(super) fn holder(&self, number: Number) -> Option<Arc<str>> {
        let holds = |group: &Group| group.numbers.binary_search(&number).is_ok();
        self.all.iter().find(|(_, group)| holds(group)).map(|(name, _)| Arc::clone(name))
    }

    /// Opens or closes a group that has changed.
    pub(super) fn look_at(&mut self, name: &str, touched: &AllTouched) {
        let Some((shared, _)) = self.all.get_key_value(name) else { return };
        let shared = Arc::clone(shared);
        let Some(group) = self.all.get_mut(name) else { return };
        let first = group.numbers.front().copied();
        let opens = first.filter(|first| group.in_flight == 0 && !is_hidden(*first, touched));
        if opens != group.opened {
            if let Some(before) = group.opened {
                self.open.remove(&before);
            }
            if let Some(number) = opens {
                self.open.insert(number, shared);
            }
            group.opened = opens;
        }
        if group.numbers.is_empty() && group.in_flight == 0 {
            self.all.remove(name);
        }
    }

    /// The one after the last taken of the same group, or else the first of the first open group.
    pub(super) fn next(
        &self,
        turn: &mut Option<(Arc<str>, Number)>,
        touched: &AllTouched,
    ) -> Option<Number> {
        if let Some((name, last)) = turn
            && let Some(number) = self.after(name, *last)
            && !is_hidden(number, touched)
        {
            *last = number;
            return Some(number);
        }
        let (number, name) = self.open.first_key_value()?;
        *turn = Some((Arc::clone(name), *number));
        Some(*number)
    }

    fn after(&self, name: &str, last: Number) -> Option<Number> {
        let numbers = &self.all.get(name)?.numbers;
        numbers.get(numbers.partition_point(|number| *number <= last)).copied()
    }
}
