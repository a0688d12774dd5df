//! `tidegate diff`: what a deployment would change.

use std::fmt::Write;

use http::Method;
use serde_json::Value;
use similar::TextDiff;

use super::deploy::{Source, Stack, upload};
use crate::arguments::{Daemon, Output};
use crate::exit::{Exit, Failure};
use crate::table::each;
use crate::{client, locate};

/// Show what a deployment would change on the server, and what traffic it touches
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate diff
  tidegate diff --exit-code || echo 'something would change'")]
pub(crate) struct Diff {
    #[command(flatten)]
    stack: Stack,
    /// End with 1 if something would change
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    daemon: Daemon,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Diff) -> Result<Exit, Failure> {
    let source = Source::read(&command.stack, &command.daemon)?;
    let server = locate::daemon(&command.daemon)?;
    let sent = upload::send(server.admin(), &source)?;
    let path = format!("/deployments/{}/diff", client::encoded(&source.name));
    let body = source.request(&sent.bundle);
    let difference = client::ask(server.admin(), Method::POST, &path, Some(&body))?;
    command.output.tell(&difference, || text(&source.name, &difference))?;
    let changes = &difference["changes"];
    let is_empty =
        ["added", "changed", "removed"].iter().all(|key| each(changes, key).count() == 0);
    Ok(if command.exit_code && !is_empty { Exit::Failed } else { Exit::Done })
}

/// In groups: who may do what, what there is, what AWS calls changed, whose requests notice.
fn text(name: &str, difference: &Value) -> String {
    let changes = &difference["changes"];
    let (mut security, mut resources, mut drift) = (String::new(), String::new(), String::new());
    for (mark, key) in [("[+]", "added"), ("[~]", "changed"), ("[-]", "removed")] {
        for change in each(changes, key) {
            let kind = change["kind"].as_str().unwrap_or_default();
            let resource = change["name"].as_str().unwrap_or_default();
            let group = if is_drift(changes, change) {
                &mut drift
            } else if is_security(change) {
                &mut security
            } else {
                &mut resources
            };
            let _ = writeln!(group, "{mark} {kind} {resource}");
            properties(group, change);
        }
    }
    let traffic: String = each(difference, "traffic")
        .map(|line| format!("{}\n", line.as_str().unwrap_or_default()))
        .collect();
    let mut text = format!("{name}\n");
    let drifted = "Changed by AWS calls since, and set back by a deployment";
    let groups =
        [("Security", security), ("Resources", resources), (drifted, drift), ("Traffic", traffic)];
    for (title, group) in &groups {
        if !group.is_empty() {
            let lines = group.lines().map(|line| format!("  {line}\n")).collect::<String>();
            let _ = write!(text, "{title}\n{lines}");
        }
    }
    if groups.iter().all(|(_, group)| group.is_empty()) {
        text.push_str("no changes\n");
    }
    text
}

fn is_drift(changes: &Value, change: &Value) -> bool {
    let is_it = |other: &Value| other["kind"] == change["kind"] && other["name"] == change["name"];
    each(changes, "drifted").any(is_it)
}

/// Who may call, with what, from where.
fn is_security(change: &Value) -> bool {
    const KINDS: [&str; 5] = ["key", "usage plan", "function policy", "function url", "listener"];
    const PROPERTIES: [&str; 7] =
        ["api_key_required", "api_limits", "cors", "policy", "sandbox", "hosts", "limits"];
    KINDS.contains(&change["kind"].as_str().unwrap_or_default())
        || each(change, "properties").any(|property| {
            let name = property["property"].as_str().unwrap_or_default();
            PROPERTIES.iter().any(|start| name.starts_with(start))
        })
}

fn properties(group: &mut String, change: &Value) {
    let all: Vec<&Value> = each(change, "properties").collect();
    for (at, property) in all.iter().enumerate() {
        let (branch, stem) =
            if at + 1 == all.len() { ("└─", "  ") } else { ("├─", "│ ") };
        let _ =
            writeln!(group, "    {branch} {}", property["property"].as_str().unwrap_or_default());
        if let (Value::String(old), Value::String(new)) = (&property["old"], &property["new"])
            && (old.contains('\n') || new.contains('\n'))
        {
            for line in lines(old, new) {
                let _ = writeln!(group, "    {stem} {line}");
            }
            continue;
        }
        for (mark, key, last) in [("[-]", "old", "├─"), ("[+]", "new", "└─")] {
            let shown = match &property[key] {
                Value::Null => "none".to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let _ = writeln!(group, "    {stem} {last} {mark} {shown}");
        }
    }
}

/// What is different about a text of several lines, with a line around it.
fn lines(old: &str, new: &str) -> Vec<String> {
    let difference = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for hunk in difference.unified_diff().context_radius(1).iter_hunks() {
        if !lines.is_empty() {
            lines.push("...".to_owned());
        }
        let changes = hunk.iter_changes().map(|it| format!("{} {}", it.tag(), it.value()));
        lines.extend(changes.map(|line| line.trim_end().to_owned()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_told_in_groups() {
        let change = |kind, name, property, old: Value, new: Value| {
            let properties = [json!({ "property": property, "old": old, "new": new })];
            json!({ "kind": kind, "name": name, "properties": properties })
        };
        let difference = json!({
            "changes": {
                "added": [{ "kind": "key", "name": "partner" }],
                "changed": [
                    change("function", "hello", "code", json!("a1"), json!("b2")),
                    change("queue", "jobs", "visibility", json!("1m"), Value::Null),
                ],
                "removed": [{ "kind": "route", "name": "main GET /" }],
                "drifted": [{ "kind": "queue", "name": "jobs" }],
            },
            "traffic": ["main GET /: is answered no more"],
        });
        let expected = "\
shop
Security
  [+] key partner
Resources
  [~] function hello
      └─ code
         ├─ [-] a1
         └─ [+] b2
  [-] route main GET /
Changed by AWS calls since, and set back by a deployment
  [~] queue jobs
      └─ visibility
         ├─ [-] 1m
         └─ [+] none
Traffic
  main GET /: is answered no more
";
        assert_eq!(text("shop", &difference), expected);
        assert_eq!(text("shop", &json!({})), "shop\nno changes\n");
    }

    #[test]
    fn texts_of_several_lines_are_told_by_line() {
        let (old, new) = ("a\nb\nc\nd\ne\nf\ng\n", "a\nB\nc\nd\ne\nf\ng\nh\n");
        assert_eq!(lines(old, new), ["  a", "- b", "+ B", "  c", "...", "  g", "+ h"]);
        assert_eq!(lines("one", "one\ntwo"), ["- one", "+ one", "+ two"]);
    }
}
