//! Finds out, without running any of it, whether the code that functions would load can be read by their
//! language: who starts a server wants to hear that before the first request does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use model::{FunctionName, Language};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::Problem;
use crate::functions::Functions;

const PYTHON: &str = include_str!("syntax/check.py");
const NODE: &str = include_str!("syntax/check.cjs");
/// All functions of one interpreter are looked at within this time, or not at all.
const PATIENCE: Duration = Duration::from_mins(1);

/// A function to be looked at.
#[derive(Debug, Serialize)]
struct Asked {
    function: FunctionName,
    root: PathBuf,
    handler: String,
}

/// What is wrong with one of its files.
#[derive(Debug, Deserialize)]
struct Found {
    function: FunctionName,
    file: String,
    line: Option<u64>,
    message: String,
}

impl Functions {
    /// Of every function as it is served now. Something that cannot be looked at has no problem here.
    pub async fn check_syntax(&self) -> Vec<Problem> {
        let mut asked: BTreeMap<(&'static str, PathBuf), Vec<Asked>> = BTreeMap::new();
        for line in self.lines().values() {
            let (function, version) = (&line.latest.function, &line.latest);
            let Some(script) = script(function.runtime.language()) else { continue };
            asked.entry((script, version.program.path.clone())).or_default().push(Asked {
                function: function.name.clone(),
                root: version.code.task.clone(),
                handler: function.handler.clone(),
            });
        }
        let mut problems = Vec::new();
        for ((script, interpreter), functions) in asked {
            let looked = tokio::time::timeout(PATIENCE, look(&interpreter, script, &functions));
            problems.extend(looked.await.ok().flatten().unwrap_or_default());
        }
        problems.sort_by(|a: &Problem, b| a.function.cmp(&b.function));
        problems
    }
}

fn script(language: Language) -> Option<&'static str> {
    match language {
        Language::Python => Some(PYTHON),
        Language::Node => Some(NODE),
        _ => None,
    }
}

async fn look(interpreter: &Path, script: &str, functions: &[Asked]) -> Option<Vec<Problem>> {
    let flags: &[&str] = if script == PYTHON {
        &["-I", "-S", "-W", "ignore", "-c"]
    } else {
        &["--no-warnings", "--experimental-vm-modules", "-e"]
    };
    let mut child = Command::new(interpreter)
        .args(flags)
        .arg(script)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let asked = serde_json::to_vec(functions).ok()?;
    // It reads everything before it writes anything.
    input.write_all(&asked).await.ok()?;
    drop(input);
    let said = child.wait_with_output().await.ok()?.stdout;
    let lines = said.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Some(lines.filter_map(|line| serde_json::from_slice(line).ok()).map(problem).collect())
}

fn problem(found: Found) -> Problem {
    let Found { function, file, line, message } = found;
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    Problem {
        function,
        reason: format!("{file}{line}: {message}; its requests fail until that is corrected"),
    }
}
