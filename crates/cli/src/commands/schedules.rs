//! `tidegate schedules`: when each is due, and running one now.

use http::Method;
use serde_json::Value;

use crate::arguments::{Output, Server};
use crate::exit::{Exit, Failure};
use crate::table::{drawn, each, text};
use crate::{client, locate, output};

/// Schedules: when they ran last and are due next; run one now
///
/// All times are UTC, whatever zone a schedule is declared in.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  tidegate schedules                    all, with their next five due times
  tidegate schedules run nightly        hand its events to its targets now")]
pub(crate) struct Schedules {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Hand a schedule's events to its targets now, besides its due times
    Run {
        /// The schedule's name
        name: String,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

impl Common {
    fn ask(
        &self,
        method: Method,
        path: &str,
        told: impl FnOnce(&Value) -> String,
    ) -> Result<Exit, Failure> {
        let server = locate::server(&self.server)?;
        let answer = client::ask(server.admin(), method, path, None)?;
        if self.output.is_json() {
            output::json(&answer)?;
        } else {
            output::write(told(&answer).as_bytes())?;
        }
        Ok(Exit::Done)
    }
}

pub(crate) fn run(command: &Schedules) -> Result<Exit, Failure> {
    match &command.action {
        None => command.common.ask(Method::GET, "/schedules", table),
        Some(Action::Run { name, common }) => {
            // Dots belong to names, and are no harm in a path.
            let path = format!("/schedules/{}/run", client::encoded(name).replace("%2E", "."));
            common.ask(Method::POST, &path, |answer| started(name, answer))
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
    let mut rows = Vec::new();
    for schedule in schedules {
        let mut next = each(schedule, "next").filter_map(Value::as_str).map(second);
        let first = match schedule["enabled"].as_bool() {
            Some(false) => "disabled".to_owned(),
            _ => next.next().unwrap_or_else(|| "never again".to_owned()),
        };
        rows.push(vec![
            text(schedule, "name").to_owned(),
            format!("{} {}", text(schedule, "expression"), text(schedule, "zone")),
            each(schedule, "targets").filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            schedule["last"].as_str().map_or("-".to_owned(), second),
            first,
        ]);
        rows.extend(next.map(|due| {
            let mut row = vec![String::new(); 4];
            row.push(due);
            row
        }));
    }
    drawn(&["SCHEDULE", "WHEN", "STARTS", "LAST", "NEXT"], rows.into_iter())
}

/// A due time is a whole second.
fn second(at: &str) -> String {
    at.get(..19).unwrap_or(at).replace('T', " ")
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
            { "name": "off", "expression": "rate(1 hour)", "zone": "UTC", "enabled": false,
              "targets": [], "last": null, "next": [] },
        ]});
        let told = table(&answer);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 4, "{told}");
        assert!(lines[1].starts_with("nightly"), "{told}");
        assert!(lines[1].ends_with("2026-11-21 03:00:00  2026-11-22 03:00:00"), "{told}");
        assert_eq!(lines[2].trim(), "2026-11-23 03:00:00");
        assert!(lines[3].ends_with("-                    disabled"), "{told}");
    }
}
