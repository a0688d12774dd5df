//! `tidegate schedules`: when each is due, and running one now.

use http::Method;
use serde_json::Value;

use crate::client;
use crate::exchange::Exchange;
use crate::exit::{Exit, Failure};
use crate::table::{drawn, each, text};

/// Show when schedules ran and are due next; run one now
///
/// Event rules with an expression are among them. All times are UTC, whatever zone a schedule is declared in.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate schedules                    all, with their next five due times
  tidegate schedules run nightly        hand its events to its targets now")]
pub(crate) struct Schedules {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    exchange: Exchange,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Hand a schedule's events to its targets now, besides its due times
    Run {
        /// The name of the schedule or rule
        name: String,
        #[command(flatten)]
        exchange: Exchange,
    },
}

pub(crate) fn run(command: &Schedules) -> Result<Exit, Failure> {
    match &command.action {
        None => command.exchange.ask(Method::GET, "/schedules", None, table),
        Some(Action::Run { name, exchange }) => {
            let path = format!("/schedules/{}/run", client::encoded(name));
            exchange.ask(Method::POST, &path, None, |answer| started(name, answer))
        }
    }
}

fn started(name: &str, answer: &Value) -> String {
    let targets: Vec<&str> = each(answer, "targets").filter_map(Value::as_str).collect();
    format!("{name} runs: {}\n", targets.join(", "))
}

fn table(answer: &Value) -> String {
    let schedules: Vec<&Value> = each(answer, "schedules").collect();
    if schedules.is_empty() {
        let example = "schedules: { nightly: { cron: 0 3 * * ? *, targets: [backup] } }";
        return format!("no schedules; declare some: `{example}`\n");
    }
    let row = |schedule: &&Value| {
        vec![
            text(schedule, "name").to_owned(),
            when(schedule),
            each(schedule, "targets").filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            schedule["last"].as_str().map_or("-".to_owned(), |at| told(at, "")),
            next(schedule),
        ]
    };
    drawn(&["SCHEDULE", "WHEN", "STARTS", "LAST", "NEXT"], schedules.iter().map(row))
}

fn when(schedule: &Value) -> String {
    let when = format!("{} {}", text(schedule, "expression"), text(schedule, "zone"));
    if text(schedule, "kind") == "rule" { format!("{when}, event rule") } else { when }
}

fn next(schedule: &Value) -> String {
    if schedule["enabled"].as_bool() == Some(false) {
        return "disabled".to_owned();
    }
    let (mut before, mut all) = ("", Vec::new());
    for due in each(schedule, "next").filter_map(Value::as_str) {
        all.push(told(due, before));
        before = due;
    }
    if all.is_empty() { "never again".to_owned() } else { all.join(", ") }
}

/// `2026-11-21 03:00`, without what it shares with the time before it: `11-22 03:00`, `03:30`.
/// Seconds are left out when there are none.
fn told(at: &str, before: &str) -> String {
    let has_in_common =
        |length: usize| !before.is_empty() && at.get(..length) == before.get(..length);
    let start = match (has_in_common(10), has_in_common(4)) {
        (true, _) => 11,
        (false, true) => 5,
        (false, false) => 0,
    };
    let end = if at.get(16..19) == Some(":00") { 16 } else { 19 };
    at.get(start..end).unwrap_or(at).replace('T', " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_tells_what_was_and_what_is_ahead() {
        let answer = json!({ "schedules": [
            { "name": "nightly", "expression": "cron(0 3 * * ? *)", "zone": "UTC", "enabled": true,
              "targets": ["function backup", "queue jobs"], "last": "2026-11-21T03:00:00.000Z",
              "next": ["2026-11-22T03:00:00.000Z", "2026-11-23T03:00:00.000Z"] },
            { "name": "tick", "kind": "rule", "expression": "rate(5 minutes)", "zone": "UTC", "enabled": true,
              "targets": ["function beat"], "last": null, "next": ["2026-11-22T03:05:00.000Z"] },
            { "name": "off", "kind": "schedule", "expression": "rate(1 hour)", "zone": "UTC", "enabled": false,
              "targets": [], "last": null, "next": [] },
        ]});
        let expected = "\
SCHEDULE  WHEN                             STARTS                       LAST              NEXT
nightly   cron(0 3 * * ? *) UTC            function backup, queue jobs  2026-11-21 03:00  2026-11-22 03:00, 11-23 03:00
tick      rate(5 minutes) UTC, event rule  function beat                -                 2026-11-22 03:05
off       rate(1 hour) UTC                                              -                 disabled
";
        assert_eq!(table(&answer), expected);
    }

    #[test]
    fn due_times_are_told_as_far_as_they_differ() {
        let next = json!({ "next": [
            "2026-12-31T23:00:05.000Z", "2026-12-31T23:30:00.000Z", "2027-01-01T00:00:00.000Z",
        ]});
        assert_eq!(super::next(&next), "2026-12-31 23:00:05, 23:30, 2027-01-01 00:00");
        assert_eq!(super::next(&json!({ "next": [] })), "never again");
    }
}
