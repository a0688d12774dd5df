//! Runs `cases/schedules/*.case`: lines of settings, `---`, and the due times that come of them, or
//! the problem. `TIDEGATE_BLESS=1` writes what comes of a case into its file.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{Dialect, ScheduleExpression, Timetable};
use crate::Timestamp;
use crate::limit::Zone;

const SEPARATOR: &str = "---\n";

#[test]
fn every_case_comes_out_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/schedules");
    #[expect(clippy::disallowed_methods, reason = "a test is asked for its mode by a variable")]
    let bless = std::env::var("TIDEGATE_BLESS").is_ok();
    let (mut failures, mut count) = (String::new(), 0);
    for entry in fs::read_dir(folder).expect("a folder of cases") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a case");
        let (settings, expected) = text.split_once(SEPARATOR).expect("a separator");
        let actual = come_out(settings);
        count += 1;
        if actual == expected {
            continue;
        }
        if bless {
            fs::write(&path, format!("{settings}{SEPARATOR}{actual}")).expect("a writable case");
            continue;
        }
        let _ = write!(failures, "== {}\n{expected}-- actual\n{actual}", path.display());
    }
    assert!(count >= 40, "found only {count} cases");
    assert!(failures.is_empty(), "{failures}");
}

/// The first line is the expression; `zone`, `since`, `after`, `start`, `end`, `count`, `rule`
/// follow.
fn come_out(settings: &str) -> String {
    let mut lines = settings.lines().filter(|line| !line.starts_with('#'));
    let text = lines.next().expect("an expression");
    let (mut since, mut count, mut dialect) = (None, 5, Dialect::Scheduler);
    let (mut after, mut zone, mut start, mut end) = (None, Zone::UTC, None, None);
    for line in lines {
        let (name, value) = line.split_once(' ').unwrap_or((line, ""));
        match name {
            "zone" => zone = Zone::named(value).expect("a zone"),
            "since" => since = Some(time(value)),
            "after" => after = Some(time(value)),
            "start" => start = Some(time(value)),
            "end" => end = Some(time(value)),
            "count" => count = value.parse().expect("a number"),
            "rule" => dialect = Dialect::Rules,
            other => panic!("{other} is no setting"),
        }
    }
    let expression = match ScheduleExpression::parse(text, dialect) {
        Err(problem) => return format!("{problem}\n"),
        Ok(expression) => expression,
    };
    let again = ScheduleExpression::parse(&expression.to_string(), dialect);
    assert_eq!(again.as_ref(), Ok(&expression), "it is read as it is shown");
    let timing = Timetable { expression, zone: zone.clone(), start, end };
    let mut out = String::new();
    let mut after = after.unwrap_or_else(|| time("2026-01-01T00:00:00Z"));
    for _ in 0..count {
        let Some(due) = timing.next(since.unwrap_or(after), after) else {
            out.push_str("never again\n");
            break;
        };
        assert!(due > after, "due times go on");
        let millis = i64::try_from(due.0).expect("a time");
        let due_at = jiff::Timestamp::from_millisecond(millis).expect("a time");
        let _ =
            writeln!(out, "{}", due_at.to_zoned(zone.time_zone().clone()).strftime("%FT%T%:z %a"));
        after = due;
    }
    out
}

fn time(text: &str) -> Timestamp {
    let time: jiff::Timestamp = text.parse().expect("a time");
    Timestamp(u64::try_from(time.as_millisecond()).expect("after 1970"))
}
