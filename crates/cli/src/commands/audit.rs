//! `tidegate audit`: who changed what on the running server.

use serde_json::Value;

use crate::arguments::{Output, Server};
use crate::exit::{Exit, Failure};
use crate::table::{drawn, each, minute, text};
use crate::{client, locate};

/// Show who changed what on the running server, the latest first
///
/// Keys, usage, limits and whatever else can be changed while a server runs leave a line here. What a
/// manifest changed says so.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate audit
  tidegate audit \"key partner\"
  tidegate audit --last 1000 --output json | jq '.audit[] | select(.actor == \"admin\")'")]
pub(crate) struct Audit {
    /// Only what was done to this, as the table shows it
    #[arg(value_name = "SUBJECT")]
    subject: Option<String>,
    /// At most this many lines; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 50)]
    last: usize,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Audit) -> Result<Exit, Failure> {
    let server = locate::server(&command.server)?;
    let mut path = format!("/audit?most={}", command.last);
    if let Some(subject) = &command.subject {
        path.push_str(&format!("&subject={}", client::encoded(subject)));
    }
    let answer = client::get_json(server.admin(), &path)?;
    command.output.tell(&answer, || lines(&answer))
}

fn lines(answer: &Value) -> String {
    let lines: Vec<_> = each(answer, "audit").collect();
    if lines.is_empty() {
        return "nothing was changed\n".to_owned();
    }
    let row = |line: &&Value| {
        vec![
            minute(text(line, "at")),
            text(line, "actor").to_owned(),
            text(line, "action").to_owned(),
            text(line, "subject").to_owned(),
            text(line, "detail").to_owned(),
        ]
    };
    drawn(&["WHEN", "WHO", "WHAT", "TO", ""], lines.iter().map(row))
}
