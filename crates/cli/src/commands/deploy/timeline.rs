//! When each resource was worked on, drawn.

use std::fmt;

/// Columns of the drawing.
const WIDTH: u64 = 40;

#[derive(Debug, Default)]
pub(super) struct Timeline {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    resource: String,
    last: String,
    from: u64,
    to: u64,
}

impl Timeline {
    /// Something happened to a resource, so many milliseconds after the beginning.
    pub(super) fn note(&mut self, resource: &str, what: &str, at: u64) {
        let what = what.to_owned();
        match self.rows.iter_mut().find(|row| row.resource == resource) {
            Some(row) => (row.to, row.last) = (at, what),
            None => {
                self.rows.push(Row { resource: resource.to_owned(), last: what, from: at, to: at });
            }
        }
    }
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.rows.iter().map(|row| row.to).max().unwrap_or_default().max(1);
        let name = self.rows.iter().map(|row| row.resource.chars().count()).max().unwrap_or(0);
        for Row { resource, last, from, to } in &self.rows {
            let column = |at: u64| usize::try_from(at * WIDTH / end).unwrap_or_default();
            let (before, within) = (column(*from), (column(*to) - column(*from)).max(1));
            let took = (to - from) as f64 / 1000.0;
            let bar = format!("{}{}", " ".repeat(before), "=".repeat(within));
            writeln!(f, "  {resource:name$}  |{bar:41}| {last}, {took:.1} s")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resource_has_its_time() {
        let mut timeline = Timeline::default();
        timeline.note("hello", "building", 0);
        timeline.note("worker", "starting", 500);
        timeline.note("hello", "started", 1000);
        timeline.note("worker", "started", 2000);
        let drawn = timeline.to_string();
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines[0], format!("  hello   |{:41}| started, 1.0 s", "=".repeat(20)));
        let bar = format!("{}{}", " ".repeat(10), "=".repeat(30));
        assert_eq!(lines[1], format!("  worker  |{bar:41}| started, 1.5 s"));
    }
}
