//! `tidegate limits`: what limits do, where their callers stand, changes for one of them, and limits
//! that are tried out.

mod change;
mod table;
mod what_if;

use serde_json::Value;

use crate::arguments::{Output, Server, misplaced};
use crate::exit::{Exit, Failure};
use crate::{client, locate, output, watch};

/// Show what limits did and where callers stand; pause, resume, reset or try one out
#[derive(Debug, clap::Args)]
#[command(override_usage = "\
tidegate limits [OPTIONS] [NAME]
       tidegate limits [OPTIONS] <COMMAND>")]
#[command(after_help = "\
Examples:
  tidegate limits
  tidegate limits --near 0.8 -w
  tidegate limits public/ip --output json | jq '.keys[] | select(.throttled)'
  tidegate limits pause ip ip=192.0.2.7 --for 10m
  tidegate limits reset ip ip=192.0.2.7
  tidegate limits what-if public '{ name: strict, by: ip, rate: 5/s }'")]
pub(crate) struct Limits {
    #[command(subcommand)]
    change: Option<change::Command>,
    /// Only this limit (`ip` or `public/ip`), or callers whose name starts so
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Only callers that have used this share of their limit, from 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share)]
    near: Option<f64>,
    /// At most this many callers [default: 20]
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// Only callers that are refused now
    #[arg(long)]
    throttled: bool,
    /// Show it anew every second until interrupted
    #[arg(long, short)]
    watch: bool,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a share from 0 to 1, such as 0.8".to_owned())
}

/// What is said of a stack without limits.
const NONE: &str =
    "no limits; declare some: `limits: { by: ip, rate: 20/min }` at an API or a route\n";
/// Callers shown when nobody says how many.
const SHOWN: usize = 20;

pub(crate) fn run(command: &Limits) -> Result<Exit, Failure> {
    if let Some(change) = &command.change {
        return match of_view(command) {
            Some(given) => Err(misplaced(given, "limits", change.name())),
            None => change::run(change),
        };
    }
    let server = locate::server(&command.server)?;
    let path = path(command);
    let seen = || client::get_json(server.admin(), &path);
    if command.watch {
        return watch::every_second(&command.output, seen, |seen| told(command, seen));
    }
    show_once(command, server.admin(), &seen()?)
}

/// What is given that says which limits and callers to show.
fn of_view(command: &Limits) -> Option<&str> {
    let flags = [
        (command.near.is_some(), "--near"),
        (command.top.is_some(), "--top"),
        (command.throttled, "--throttled"),
        (command.watch, "--watch"),
    ];
    let flag = flags.into_iter().find(|(is_given, _)| *is_given).map(|(_, flag)| flag);
    command.name.as_deref().or(flag)
}

fn path(command: &Limits) -> String {
    let mut path = format!("/limits?top={}", command.top.unwrap_or(SHOWN));
    if let Some(near) = command.near {
        path.push_str(&format!("&near={near}"));
    }
    if let Some(name) = &command.name {
        path.push_str(&format!("&name={}", client::encoded(name)));
    }
    if command.throttled {
        path.push_str("&throttled=true");
    }
    path
}

/// A name of nothing is told as that.
fn show_once(command: &Limits, admin: &str, seen: &Value) -> Result<Exit, Failure> {
    let unknown = match &command.name {
        Some(name) if !is_known(admin, name, seen)? => name,
        _ => return command.output.tell(seen, || told(command, seen)),
    };
    if command.output.is_json() {
        output::json(seen)?;
    }
    let text = format!("no limit is called `{unknown}`, and no caller's name starts so");
    Err(Failure::new(Exit::NotFound, text).help("`tidegate limits` shows both"))
}

/// Whether a limit or a caller has this name, shown or not.
fn is_known(admin: &str, name: &str, seen: &Value) -> Result<bool, Failure> {
    if !table::is_empty(seen) {
        return Ok(true);
    }
    let all = client::get_json(admin, &format!("/limits?top=1&name={}", client::encoded(name)))?;
    // While callers cannot be shown, nobody knows.
    Ok(!table::is_empty(&all) || !all["store_problem"].is_null())
}

fn told(command: &Limits, seen: &Value) -> String {
    let has_none = command.name.is_none() && table::is_empty(seen);
    if has_none { NONE.to_owned() } else { table::of(seen) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_between_nothing_and_all() {
        assert_eq!(share("0.8"), Ok(0.8));
        for wrong in ["", "80%", "1.1", "-0.1", "NaN"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
