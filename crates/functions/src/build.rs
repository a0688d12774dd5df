//! Turns source into code with the language's own tool, and does nothing when nothing changed.

mod cargo;
mod libraries;
mod npm;
mod python;
mod tool;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::{Build, Clock, Moment};

use crate::artifacts::{self, Artifacts, Held};
use crate::code::Digests;

pub use libraries::{Libraries, Package};

/// What to build.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Where the tool runs, and what it reads lies.
    pub folder: &'a Path,
    /// For Python and npm: the sources that become code, the same folder or a copy of a part of it.
    pub sources: &'a Path,
    pub build: &'a Build,
    /// The interpreter that will run the result, for languages that have one.
    pub interpreter: Option<&'a Path>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// What the function runs: for Python the sources themselves, else a folder of its own.
    pub code: PathBuf,
    /// Goes below the function's own layers.
    pub dependencies: Option<PathBuf>,
    /// What of it lies in the state folder, and what has to lie there for not building again.
    pub kept: Vec<Held>,
}

/// What a build has to say while it runs.
#[derive(Debug, Clone, Copy)]
pub enum Report<'a> {
    /// A step began, so long after the build did.
    Step { text: &'a str, elapsed: Duration },
    /// The tool printed a line.
    Output { line: &'a str },
}

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("`build: {build}` needs `{tool}`, which is not in PATH; {advice}")]
    MissingTool { build: &'static str, tool: &'static str, advice: &'static str },
    #[error("`build: {build}` needs `{file}`; {advice}")]
    MissingFile { build: &'static str, file: PathBuf, advice: &'static str },
    #[error("`{command}` failed ({status}) in `{folder}`; {advice}\n{output}")]
    Failed {
        command: String,
        status: String,
        folder: PathBuf,
        advice: &'static str,
        output: String,
    },
    #[error("`{path}`: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl BuildError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Builds functions, and keeps what it built.
#[derive(Debug)]
pub struct Builder {
    artifacts: Arc<Artifacts>,
    folder: PathBuf,
    /// Where tools are looked for.
    path: OsString,
    clock: Arc<dyn Clock>,
    digests: Digests,
}

/// One build: whom to tell, and since when it runs.
pub(crate) struct Run<'a> {
    report: &'a (dyn Fn(Report<'_>) + Sync),
    clock: &'a dyn Clock,
    since: Moment,
}

impl Run<'_> {
    fn step(&self, text: &str) {
        (self.report)(Report::Step { text, elapsed: self.clock.moment().since(self.since) });
    }
}

impl Builder {
    /// Results are kept among the artifacts; tools are found in `path`.
    pub fn new(artifacts: Arc<Artifacts>, path: OsString, clock: Arc<dyn Clock>) -> Self {
        let folder = artifacts.folder("build");
        Self { artifacts, folder, path, clock, digests: Digests::default() }
    }

    /// Builds `source` unless that was done before. Dropping the future stops the tool.
    pub async fn build(
        &self,
        source: Source<'_>,
        report: &(dyn Fn(Report<'_>) + Sync),
    ) -> Result<Built, BuildError> {
        let run = Run { report, clock: &*self.clock, since: self.clock.moment() };
        match source.build {
            Build::Cargo { binary } => self.build_cargo(source.folder, binary, &run).await,
            Build::Python => self.build_python(source, &run).await,
            Build::Npm => self.build_npm(source, &run).await,
        }
    }
}

/// A held folder in the making. It appears under its name whole or not at all.
#[derive(Debug)]
pub(crate) struct Making<'a> {
    partial: PathBuf,
    finished: &'a Path,
}

impl<'a> Making<'a> {
    fn of(finished: &'a Held) -> Result<Self, BuildError> {
        let finished = finished.path();
        let partial = artifacts::partial(finished);
        fs::create_dir_all(&partial).map_err(BuildError::io(&partial))?;
        Ok(Self { partial, finished })
    }

    fn finish(self) -> Result<(), BuildError> {
        match fs::rename(&self.partial, self.finished) {
            // Somebody else was first, with the same inputs.
            Err(_) if self.finished.is_dir() => Ok(()),
            outcome => outcome.map_err(BuildError::io(self.finished)),
        }
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        // After a success there is nothing left under this name.
        let _ = fs::remove_dir_all(&self.partial);
    }
}

#[cfg(test)]
mod tests;
