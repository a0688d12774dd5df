//! Messages that were claimed together for the first time: one row tells of all of them, until
//! something more happens to one than that it is gone.

use std::collections::BTreeMap;
use std::ops::Range;

use store::Number;

/// The runs of one queue. Each message is in one at most.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// By their first message.
    all: BTreeMap<Number, Run>,
}

#[derive(Debug)]
struct Run {
    length: u64,
    /// How many of them are not gone.
    left: u64,
}

/// What becomes of a run's row when one of its messages is gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parting {
    /// There is no such run: the message has a row of its own, or was never touched.
    Alone,
    /// Others are left.
    Stays,
    /// It was the last one of the run that begins here.
    Ends(Number),
}

impl Runs {
    pub(super) fn add(&mut self, range: &Range<Number>, left: u64) {
        let length = range.end - range.start;
        self.all.insert(range.start, Run { length, left });
    }

    fn find(&self, number: Number) -> Option<Number> {
        let (first, run) = self.all.range(..=number).next_back()?;
        (number - first < run.length).then_some(*first)
    }

    /// A message is gone.
    pub(super) fn part(&mut self, number: Number) -> Parting {
        let Some(first) = self.find(number) else { return Parting::Alone };
        let Some(run) = self.all.get_mut(&first) else { return Parting::Alone };
        run.left = run.left.saturating_sub(1);
        if run.left > 0 {
            return Parting::Stays;
        }
        self.all.remove(&first);
        Parting::Ends(first)
    }

    /// Ends the run that a message is in: each of its messages needs a row of its own.
    pub(super) fn dissolve(&mut self, number: Number) -> Option<Range<Number>> {
        let first = self.find(number)?;
        let run = self.all.remove(&first)?;
        Some(first..first + run.length)
    }
}

/// The stretches of numbers that follow each other without a gap, in their order.
pub(super) fn stretches(mut numbers: Vec<Number>) -> Vec<Range<Number>> {
    numbers.sort_unstable();
    let mut all: Vec<Range<Number>> = Vec::new();
    for number in numbers {
        match all.last_mut() {
            Some(last) if number <= last.end => last.end = last.end.max(number + 1),
            _ => all.push(number..number + 1),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_with_its_last_message() {
        let mut runs = Runs::default();
        runs.add(&(3..6), 3);
        runs.add(&(8..10), 2);
        let parted: Vec<_> = [4, 5, 7, 8, 3, 9, 9].map(|number| runs.part(number)).into();
        use Parting::{Alone, Ends, Stays};
        assert_eq!(parted, [Stays, Stays, Alone, Stays, Ends(3), Ends(8), Alone]);
    }

    #[test]
    fn a_run_is_dissolved_whole() {
        let mut runs = Runs::default();
        runs.add(&(3..6), 2);
        assert_eq!(runs.dissolve(6), None);
        assert_eq!(runs.dissolve(5), Some(3..6));
        assert_eq!(runs.dissolve(5), None);
        assert_eq!(runs.part(4), Parting::Alone);
    }

    #[test]
    fn stretches_have_no_gaps() {
        let check = |numbers: &[Number], expected: &[(Number, Number)]| {
            let found = stretches(numbers.to_vec());
            let found: Vec<_> = found.iter().map(|range| (range.start, range.end)).collect();
            assert_eq!(found, expected, "{numbers:?}");
        };
        check(&[], &[]);
        check(&[7], &[(7, 8)]);
        check(&[4, 3, 5, 9, 8, 1], &[(1, 2), (3, 6), (8, 10)]);
        check(&[2, 2, 3], &[(2, 4)]);
    }
}
