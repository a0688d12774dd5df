//! Hands an event to the user's editor.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::exit::Failure;

/// The event as the editor left it. A file that is no JSON stays, so that no work is lost.
pub(super) fn edited(event: &Value) -> Result<Value, Failure> {
    let file = std::env::temp_dir().join(format!("tidegate-event-{:016x}.json", fastrand::u64(..)));
    write(&file, event)?;
    open(&file)?;
    let text = std::fs::read(&file)?;
    match serde_json::from_slice(&text) {
        Ok(event) => {
            std::fs::remove_file(&file)?;
            Ok(event)
        }
        Err(error) => Err(Failure::usage(format!("{} is not JSON: {error}", file.display()))
            .help("correct it, and hand it to `tidegate invoke FUNCTION --event FILE`")),
    }
}

/// Events may hold secrets: only the user reads the file.
fn write(path: &Path, event: &Value) -> Result<(), Failure> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(writeln!(file, "{event:#}")?)
}

fn open(file: &Path) -> Result<(), Failure> {
    let editor = ["VISUAL", "EDITOR"].into_iter().find_map(std::env::var_os);
    let editor = editor.unwrap_or_else(|| "vi".into());
    // It may have arguments of its own, as in `code --wait`.
    let mut shell = Command::new("sh");
    shell.args(["-c", "eval \"$0 \\\"\\$1\\\"\""]).arg(&editor).arg(file);
    match shell.status()?.success() {
        true => Ok(()),
        false => Err(Failure::failed("the editor failed; nothing was run")),
    }
}
