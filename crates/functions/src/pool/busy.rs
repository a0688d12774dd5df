//! Counts the environments that are leased, by home.

use crate::home::Home;

/// There are as many homes as threads that invoke: a list is quicker than a table.
#[derive(Debug, Default)]
pub(super) struct Busy {
    counts: Vec<(u64, usize)>,
    all: usize,
}

impl Busy {
    pub(super) fn all(&self) -> usize {
        self.all
    }

    pub(super) fn at(&self, home: Home) -> usize {
        let found = self.counts.iter().find(|(number, _)| *number == home.number);
        found.map_or(0, |(_, count)| *count)
    }

    pub(super) fn add(&mut self, home: Home) {
        self.all += 1;
        match self.counts.iter_mut().find(|(number, _)| *number == home.number) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((home.number, 1)),
        }
    }

    pub(super) fn remove(&mut self, home: Home) {
        self.all -= 1;
        if let Some((_, count)) = self.counts.iter_mut().find(|(number, _)| *number == home.number)
        {
            *count -= 1;
        }
    }
}
