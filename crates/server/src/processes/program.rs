//! Finds programs that lie outside of a process's own code.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// A version manager's stand-in may look around before it runs the interpreter.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a program really lies, without symbolic links. `python3` and `node` are asked themselves:
/// in `PATH` there may be a version manager's stand-in, which a sandbox would not let work.
pub(crate) async fn find(name: &str, path: &OsStr) -> Option<PathBuf> {
    let files = std::env::split_paths(path).map(|folder| folder.join(name));
    let found =
        files.filter(|file| is_executable(file)).find_map(|file| file.canonicalize().ok())?;
    let question: Option<[&str; 2]> = if name.starts_with("python") {
        Some(["-c", "import sys; print(sys.executable)"])
    } else {
        (name == "node").then_some(["-p", "process.execPath"])
    };
    match question {
        Some(question) => Some(ask(name, question, path).await.unwrap_or(found)),
        None => Some(found),
    }
}

async fn ask(name: &str, question: [&str; 2], path: &OsStr) -> Option<PathBuf> {
    let mut command = tokio::process::Command::new(name);
    command.args(question).env("PATH", path).stdin(Stdio::null()).kill_on_drop(true);
    let answered = tokio::time::timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    let said = String::from_utf8(answered.stdout).ok().filter(|_| answered.status.success())?;
    Path::new(said.trim()).canonicalize().ok()
}

pub(crate) fn is_executable(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}
