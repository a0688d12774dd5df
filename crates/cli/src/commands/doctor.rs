//! `tidegate doctor`: what this machine has and lacks, and what to do about it.

mod limits;
mod ports;
mod sandboxing;
mod store;
mod tools;

use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;

use crate::arguments::Output;
use crate::exit::{Exit, Failure};
use crate::parameters::{Parameters, parameters};

/// Say what this machine has and lacks for running stacks
///
/// Looks at interpreters, build tools, the sandbox, ports and limits, and at the store that a stack
/// names for its limits. Exits with 1 if functions cannot run in the default sandbox, or the store
/// cannot be used.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate doctor
  tidegate doctor examples/airline
  tidegate doctor --output json | jq '.findings[] | select(.status != \"ok\")'")]
pub(crate) struct Doctor {
    /// Folder of a stack, or its manifest [default: the nearest tidegate.yaml upwards, if any]
    dir: Option<PathBuf>,
    /// Value of a manifest parameter; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameters,
          env = "TIDEGATE_SET")]
    set: Vec<Parameters>,
    #[command(flatten)]
    output: Output,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    topic: &'static str,
    name: String,
    status: Status,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Ok,
    /// Only some stacks miss it.
    Absent,
    /// Works, but not as well as it could.
    Weak,
    /// Functions cannot run with the default settings, or the stack cannot start.
    Broken,
}

impl Finding {
    fn ok(topic: &'static str, name: impl Into<String>, detail: impl Into<String>) -> Self {
        let (name, detail) = (name.into(), detail.into());
        Self { topic, name, status: Status::Ok, detail, help: None }
    }

    fn not_ok(mut self, status: Status, help: impl Into<String>) -> Self {
        self.status = status;
        self.help = Some(help.into());
        self
    }
}

pub(crate) fn run(command: &Doctor) -> Result<Exit, Failure> {
    let mut findings = tools::look();
    findings.extend(sandboxing::look());
    findings.extend(ports::look());
    findings.extend(limits::look());
    findings.extend(store::look(command.dir.as_deref(), &command.set.concat())?);
    let broken = findings.iter().any(|finding| finding.status == Status::Broken);
    command.output.tell(&json!({ "ok": !broken, "findings": findings }), || draw(&findings))?;
    Ok(if broken { Exit::Failed } else { Exit::Done })
}

fn draw(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut topic = "";
    for finding in findings {
        if finding.topic != topic {
            topic = finding.topic;
            text.push_str(&format!("{topic}\n"));
        }
        let mark = match finding.status {
            Status::Ok => "ok     ",
            Status::Absent => "absent ",
            Status::Weak => "weak   ",
            Status::Broken => "BROKEN ",
        };
        text.push_str(&format!("  {mark} {:width$}  {}\n", finding.name, finding.detail));
        if let Some(help) = &finding.help {
            text.push_str(&format!("          {:width$}  -> {help}\n", ""));
        }
    }
    text
}
