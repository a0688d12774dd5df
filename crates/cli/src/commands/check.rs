//! `tidegate check`: is the manifest right, what does it mean, and what would change.

use std::path::{Path, PathBuf};

use serde_json::Value;
use serde_json::json;
use stack::{Inputs, Problems, Read};

use crate::arguments::Output;
use crate::counted::counted;
use crate::exit::{Exit, Failure};
use crate::parameters::{Parameters, parameters};
use crate::{client, locate, output, samconfig, summary};

/// Check a manifest and show what it resolves to
///
/// Reports every problem at once, each with its place and a way out; exits with 2 if there is any.
/// Warns of what works but was probably not meant, such as a function that no route calls.
/// While a server runs the stack, it also shows what a reload would change.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate check
  tidegate check examples/tour --set rpm=60
  tidegate check --output json | jq '.stack.functions | keys'")]
pub(crate) struct Check {
    /// Folder of the stack, or its manifest [default: the nearest tidegate.yaml upwards]
    dir: Option<PathBuf>,
    /// Value of a manifest parameter; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameters, env = "TIDEGATE_SET")]
    set: Vec<Parameters>,
    /// Leave out what is not supported instead of refusing it
    #[arg(long, env = "TIDEGATE_ALLOW_UNSUPPORTED")]
    allow_unsupported: bool,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Check) -> Result<Exit, Failure> {
    let manifest = locate::manifest(command.dir.as_deref())?;
    let mut inputs = Inputs {
        environment: std::env::vars().collect(),
        set: command.set.concat(),
        allow_unsupported: command.allow_unsupported,
        ..Inputs::default()
    };
    samconfig::apply(&manifest, None, &mut inputs)?;
    match stack::read_with_warnings(&manifest, &inputs) {
        Ok(read) => right(&read, command),
        Err(problems) => wrong(&problems, command),
    }
}

fn right(read: &Read, command: &Check) -> Result<Exit, Failure> {
    let Read { stack, warnings, notes, .. } = read;
    let changes = pending_changes(&stack.manifest);
    if command.output.is_json() {
        let json = |all: &Option<Problems>| all.as_ref().map(Problems::to_json).unwrap_or_default();
        let (warnings, notes) = (json(warnings), json(notes));
        output::json(&json!({
            "ok": true, "stack": stack, "warnings": warnings, "notes": notes, "changes": changes,
        }))?;
        return Ok(Exit::Done);
    }
    if let Some(warnings) = warnings {
        output::note_line(warnings.render(output::look()));
    }
    if let Some(notes) = notes {
        output::note_line(notes.lines());
    }
    output::write(summary::of(stack).as_bytes())?;
    if let Some(text) = changes.as_ref().and_then(|changes| changes["text"].as_str()) {
        output::write(
            format!("\na reload of the running server would change:\n{text}").as_bytes(),
        )?;
    }
    Ok(Exit::Done)
}

/// What a reload of the server that runs this manifest would change; `None` without a server or
/// without changes.
fn pending_changes(manifest: &Path) -> Option<Value> {
    let state = locate::state(None, manifest).ok()?;
    let addresses = server::running(&state).ok()??;
    let changes = client::get_json(&addresses.admin, "/changes").ok()?;
    (!changes["text"].is_null()).then_some(changes)
}

fn wrong(problems: &Problems, command: &Check) -> Result<Exit, Failure> {
    if command.output.is_json() {
        output::json(&json!({ "ok": false, "problems": problems.to_json() }))?;
        return Ok(Exit::Usage);
    }
    output::note(problems.render(output::look()));
    output::note_line(format_args!("\n{}", counted(problems.len(), "problem")));
    Ok(Exit::Usage)
}
