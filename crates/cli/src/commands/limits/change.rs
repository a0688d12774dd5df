//! `tidegate limits pause`, `resume` and `reset`, and what leads to `what-if`.

use std::time::Duration;

use serde_json::Value;

use super::{table, what_if};
use crate::arguments::{Output, Server};
use crate::exit::{Exit, Failure};
use crate::{age, client, locate, output};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Refuse a caller for a while, whatever it has left
    Pause {
        #[command(flatten)]
        target: Target,
        /// How long: 30s, 5m, 2h
        #[arg(long = "for", value_name = "TIME", value_parser = pause, default_value = "10m")]
        span: Duration,
    },
    /// End a pause; what was used stays used
    Resume {
        #[command(flatten)]
        target: Target,
    },
    /// Give a caller all of its limit back
    Reset {
        #[command(flatten)]
        target: Target,
    },
    WhatIf(what_if::WhatIf),
}

/// Ten years.
const LONGEST_PAUSE: Duration = Duration::from_hours(3_653 * 24);

/// Nobody means to refuse a caller for longer, and no time is no pause.
fn pause(text: &str) -> Result<Duration, String> {
    let span = age::parse(text)?;
    if span.is_zero() || span > LONGEST_PAUSE {
        return Err("expected 1s to 3653d; `tidegate limits resume` ends a pause".to_owned());
    }
    Ok(span)
}

impl Command {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::Reset { .. } => "reset",
            Self::WhatIf(_) => "what-if",
        }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// The limit: `ip`, or `public/ip` where several APIs have one of that name
    #[arg(value_name = "LIMIT")]
    limit: String,
    /// The caller, as `tidegate limits` shows it: `ip=192.0.2.7`
    #[arg(value_name = "KEY")]
    key: String,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(command: &Command) -> Result<Exit, Failure> {
    let (target, span) = match command {
        Command::Pause { target, span } => (target, Some(*span)),
        Command::Resume { target } | Command::Reset { target } => (target, None),
        Command::WhatIf(what_if) => return what_if::run(what_if),
    };
    let server = locate::server(&target.server)?;
    let (limit, key) = (client::encoded(&target.limit), client::encoded(&target.key));
    let mut path = format!("/limits/{}?limit={limit}&key={key}", command.name());
    if let Some(span) = span {
        path.push_str(&format!("&for_ms={}", span.as_millis()));
    }
    let changed = client::put_json(server.admin(), &path)?;
    show(target, &changed)?;
    Ok(Exit::Done)
}

fn show(target: &Target, changed: &Value) -> Result<(), Failure> {
    if target.output.is_json() {
        return output::json(changed);
    }
    output::write(table::callers(std::slice::from_ref(&changed["key"]), None).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_has_a_length_and_an_end() {
        assert_eq!(pause("1s"), Ok(Duration::from_secs(1)));
        assert_eq!(pause("3653d"), Ok(LONGEST_PAUSE));
        for wrong in ["0s", "3654d", "now"] {
            assert!(pause(wrong).is_err(), "{wrong}");
        }
    }
}
