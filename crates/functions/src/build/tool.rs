//! Runs a language's tool, passes on what it prints, and keeps the end of it for the case of failure.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use super::{BuildError, Report, Run};

/// Lines of output shown on failure; the reason is at the end.
const KEPT_LINES: usize = 200;

/// A tool, what it is told, and where.
#[derive(Debug)]
pub(super) struct Tool<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: Vec<OsString>,
    pub(super) folder: &'a Path,
    /// What to do when it fails.
    pub(super) advice: &'static str,
}

/// Looks for a program in a search path.
pub(super) fn find(name: &str, path: &OsStr) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    std::env::split_paths(path).map(|folder| folder.join(name)).find(|program| {
        std::fs::metadata(program)
            .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    })
}

impl Tool<'_> {
    /// Runs it; its standard output is returned, both outputs are reported line by line.
    pub(super) async fn run(
        &self,
        search: &OsStr,
        run: &Run<'_>,
    ) -> Result<Vec<String>, BuildError> {
        let mut child = Command::new(self.program)
            .args(&self.arguments)
            .current_dir(self.folder)
            .env("PATH", search)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(BuildError::io(self.program))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut printed = Vec::new();
        let mut errors = VecDeque::new();
        let read_output = read(stdout, |line| {
            // Machine-readable lines are for us.
            if !line.starts_with('{') {
                (run.report)(Report::Output { line: &line });
            }
            printed.push(line);
        });
        let read_errors = read(stderr, |line| {
            (run.report)(Report::Output { line: &line });
            if errors.len() == KEPT_LINES {
                errors.pop_front();
            }
            errors.push_back(line);
        });
        tokio::join!(read_output, read_errors);
        let status = child.wait().await.map_err(BuildError::io(self.program))?;
        if status.success() {
            return Ok(printed);
        }
        let readable = printed.into_iter().filter(|line| !line.starts_with('{'));
        let mut output: Vec<String> = readable.chain(errors).collect();
        output.drain(..output.len().saturating_sub(KEPT_LINES));
        Err(BuildError::Failed {
            command: self.command(),
            status: status.to_string(),
            folder: self.folder.to_owned(),
            advice: self.advice,
            output: output.join("\n"),
        })
    }

    /// As one would type it.
    fn command(&self) -> String {
        let words = std::iter::once(self.program.as_os_str())
            .chain(self.arguments.iter().map(OsString::as_os_str));
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }
}

async fn read(from: Option<impl AsyncRead + Unpin>, mut each: impl FnMut(String)) {
    let Some(from) = from else { return };
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line).await, Ok(count) if count > 0) {
        each(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
}
