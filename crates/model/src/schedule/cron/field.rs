//! The fields of a cron expression that name numbers: `*`, `5`, `1-5`, `0/15`, `MON-FRI`, and
//! lists of these.

use super::super::expression::ScheduleProblem;

/// What a field may hold.
#[derive(Debug)]
pub(super) struct Bounds {
    pub(super) name: &'static str,
    pub(super) least: u32,
    pub(super) most: u32,
    /// What a value outside of these is told.
    pub(super) range: &'static str,
    /// Names of the values from `least` on.
    pub(super) names: &'static [&'static str],
    /// Whether a range may go over the end: `FRI-MON`, `22-2`.
    pub(super) wraps: bool,
}

pub(super) const MINUTES: Bounds = Bounds {
    name: "minute",
    least: 0,
    most: 59,
    range: "minutes are 0 to 59",
    names: &[],
    wraps: true,
};
pub(super) const HOURS: Bounds = Bounds {
    name: "hour",
    least: 0,
    most: 23,
    range: "hours are 0 to 23",
    names: &[],
    wraps: true,
};
pub(super) const DAYS_OF_MONTH: Bounds = Bounds {
    name: "day of the month",
    least: 1,
    most: 31,
    range: "days of the month are 1 to 31",
    names: &[],
    wraps: false,
};
pub(super) const MONTHS: Bounds = Bounds {
    name: "month",
    least: 1,
    most: 12,
    range: "months are 1 to 12 or JAN to DEC",
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    wraps: true,
};
pub(super) const DAYS_OF_WEEK: Bounds = Bounds {
    name: "day of the week",
    least: 1,
    most: 7,
    range: "days of the week are 1 to 7 or SUN to SAT",
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    wraps: true,
};
pub(super) const YEARS: Bounds = Bounds {
    name: "year",
    least: 1970,
    most: 2199,
    range: "years are 1970 to 2199",
    names: &[],
    wraps: false,
};

/// A set of values, at most 256 of them, counted from the least one.
#[derive(Debug, Clone)]
pub(super) struct Field {
    least: u32,
    bits: [u64; 4],
}

impl Field {
    pub(super) fn empty(bounds: &Bounds) -> Self {
        Self { least: bounds.least, bits: [0; 4] }
    }

    pub(super) fn parse(text: &str, bounds: &Bounds) -> Result<Self, ScheduleProblem> {
        let mut field = Self::empty(bounds);
        for item in text.split(',') {
            field.add_item(item, text, bounds)?;
        }
        Ok(field)
    }

    /// One element of the list `whole`.
    pub(super) fn add_item(
        &mut self,
        item: &str,
        whole: &str,
        bounds: &Bounds,
    ) -> Result<(), ScheduleProblem> {
        let (range, step) = match item.split_once('/') {
            None => (item, None),
            Some((range, step)) => (range, Some(bounds.step(step, whole)?)),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (bounds.least, bounds.most),
            Some((first, last)) => (bounds.value(first, whole)?, bounds.value(last, whole)?),
            None => {
                let value = bounds.value(range, whole)?;
                (value, if step.is_some() { bounds.most } else { value })
            }
        };
        if first > last && !bounds.wraps {
            return Err(bounds.problem(whole, "a range begins with the smaller number"));
        }
        let span = bounds.most - bounds.least + 1;
        let length = if first <= last { last - first } else { last + span - first };
        for offset in (0..=length).step_by(step.unwrap_or(1)) {
            self.insert((first - bounds.least + offset) % span + bounds.least);
        }
        Ok(())
    }

    fn insert(&mut self, value: u32) {
        let at = (value - self.least) as usize;
        self.bits[at / 64] |= 1 << (at % 64);
    }

    pub(super) fn contains(&self, value: u32) -> bool {
        let Some(at) = value.checked_sub(self.least).map(|at| at as usize) else { return false };
        self.bits.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1)
    }

    /// The least value that is not below `value`.
    pub(super) fn from(&self, value: u32) -> Option<u32> {
        let from = value.saturating_sub(self.least) as usize;
        let mut word = from / 64;
        let mut bits = self.bits.get(word)? & (u64::MAX << (from % 64));
        while bits == 0 {
            word += 1;
            bits = *self.bits.get(word)?;
        }
        let at = word * 64 + bits.trailing_zeros() as usize;
        u32::try_from(at).ok().map(|at| at + self.least)
    }
}

impl Bounds {
    pub(super) fn problem(&self, text: &str, reason: &'static str) -> ScheduleProblem {
        ScheduleProblem::CronField { field: self.name, text: text.to_owned(), reason }
    }

    pub(super) fn value(&self, text: &str, whole: &str) -> Result<u32, ScheduleProblem> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        if let Some(at) = named.and_then(|at| u32::try_from(at).ok()) {
            return Ok(self.least + at);
        }
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let value = is_number.then(|| text.parse().ok()).flatten();
        match value {
            Some(value) if (self.least..=self.most).contains(&value) => Ok(value),
            Some(_) => Err(self.problem(whole, self.range)),
            None => Err(self.problem(whole, "a number or a name is missing")),
        }
    }

    fn step(&self, text: &str, whole: &str) -> Result<usize, ScheduleProblem> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let step = is_number.then(|| text.parse::<u32>().ok()).flatten();
        match step {
            Some(step) if step >= 1 && step <= self.most => Ok(step as usize),
            _ => Err(self.problem(whole, "a step is at least 1 and within the field")),
        }
    }
}
