//! Everything about functions that can be found wrong before one of them runs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use model::{Function, FunctionCode, FunctionName, FunctionVersion, PublishedVersion, SandboxMode};
use sandbox::Filesystem;

use crate::artifacts::Held;
use crate::build::{Report, Source};
use crate::code::{StageError, Staged};
use crate::describe::Code;
use crate::functions::Functions;
use crate::interpreter::Interpreter;
use crate::layout::Material;
use crate::process::Program;

/// Why a function cannot run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("function `{function}`: {reason}")]
pub struct Problem {
    pub function: FunctionName,
    pub reason: String,
}

/// Something that the user should know and that stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub function: FunctionName,
    pub text: String,
}

/// Hears what preparation is doing.
pub trait Progress: Send + Sync {
    /// A step began: "installing dependencies of `results`".
    fn step(&self, function: &FunctionName, text: &str);
    /// A line that a build tool printed.
    fn output(&self, function: &FunctionName, line: &str);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _: &FunctionName, _: &str) {}
    fn output(&self, _: &FunctionName, _: &str) {}
}

/// Functions that were built, staged and checked, and can be installed.
#[derive(Debug, Default)]
pub struct Prepared {
    pub(crate) plans: Vec<Plan>,
    /// What the user should know, such as a nearest interpreter.
    pub notes: Vec<Note>,
    /// Why some cannot run that are there all the same.
    pub problems: Vec<Problem>,
}

/// How to run a function.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) function: Arc<Function>,
    pub(crate) number: FunctionVersion,
    pub(crate) code: Code,
    pub(crate) digest: String,
    pub(crate) program: Program,
    pub(crate) variables: Vec<(OsString, OsString)>,
    pub(crate) inherits_channel: bool,
    /// What of it lies in the state folder.
    pub(crate) kept: Vec<Held>,
    /// Why no environment of it can start.
    pub(crate) trouble: Option<String>,
}

impl Plan {
    /// Of what is there and cannot run.
    fn unusable(function: &Function, number: FunctionVersion, reason: String) -> Self {
        let task = function.code.path().cloned().unwrap_or_default();
        Self {
            function: Arc::new(function.clone()),
            number,
            code: Code { task: task.clone(), layers: None, digest: String::new() },
            digest: format!("unusable: {reason}"),
            program: Program {
                path: PathBuf::new(),
                arguments: Vec::new(),
                directory: task,
                binds: Vec::new(),
                memory: function.memory,
                mode: function.sandbox,
            },
            variables: Vec::new(),
            inherits_channel: false,
            kept: Vec::new(),
            trouble: Some(reason),
        }
    }
}

impl Functions {
    /// Builds, stages and checks functions; running versions are not touched.
    pub async fn prepare(
        &self,
        functions: &[Function],
        progress: &dyn Progress,
    ) -> Result<Prepared, Vec<Problem>> {
        let latest = functions.iter().map(|function| (function, FunctionVersion::Latest));
        let prepared = self.prepare_all(latest, progress).await;
        if prepared.problems.is_empty() { Ok(prepared) } else { Err(prepared.problems) }
    }

    /// Functions that are not the stack's. One that cannot run is there all the same, to be changed or deleted,
    /// and its invocations tell why.
    pub async fn prepare_made(&self, made: &[Function]) -> Prepared {
        let latest = made.iter().map(|function| (function, FunctionVersion::Latest));
        self.prepare_all(latest, &Silent).await
    }

    /// As [`Self::prepare_made`], of frozen copies.
    pub async fn prepare_published(&self, published: &[PublishedVersion]) -> Prepared {
        let numbered =
            published.iter().map(|it| (&*it.function, FunctionVersion::Published(it.number)));
        self.prepare_all(numbered, &Silent).await
    }

    async fn prepare_all<'a>(
        &self,
        functions: impl Iterator<Item = (&'a Function, FunctionVersion)>,
        progress: &dyn Progress,
    ) -> Prepared {
        let mut prepared = Prepared::default();
        for (function, number) in functions {
            let plan = self.plan(function, number, progress, &mut prepared.notes).await;
            prepared.plans.push(plan.unwrap_or_else(|reason| {
                let problem = Problem { function: function.name.clone(), reason: reason.clone() };
                prepared.problems.push(problem);
                Plan::unusable(function, number, reason)
            }));
        }
        prepared
    }

    async fn plan(
        &self,
        function: &Function,
        number: FunctionVersion,
        progress: &dyn Progress,
        notes: &mut Vec<Note>,
    ) -> Result<Plan, String> {
        let debugger = self.platform.settings.debugger_of(&function.name, number);
        let untimed = debugger.map(|debugger| debugger.untimed(function)).transpose()?;
        let function = untimed.as_ref().unwrap_or(function);
        let filesystem = self.check_sandbox(function, notes)?;
        let interpreter = self.interpreters.find(&function.runtime, &self.bootstraps).await?;
        if let Some(found) = interpreter.as_ref().filter(|found| found.is_substitute) {
            let (asked, path) = (&function.runtime, found.path.display());
            let text = format!("`{asked}` is not installed; {path} ({}) runs it", found.version);
            notes.push(Note { function: function.name.clone(), text });
        }
        let interpreter = interpreter.as_ref();
        let (code, mut kept) = self.code(function, interpreter, progress).await?;
        let libraries = self.libraries(function, &code, interpreter, progress).await?;
        let material =
            Material { code: &code, libraries: libraries.as_ref().map(Held::path), interpreter };
        let plan = self.lay_out((function, number), material, filesystem)?;
        kept.extend(libraries);
        Ok(Plan { kept, ..plan })
    }

    /// Builds what has to be built and puts it where it can run.
    async fn code(
        &self,
        function: &Function,
        interpreter: Option<&Interpreter>,
        progress: &dyn Progress,
    ) -> Result<(Code, Vec<Held>), String> {
        let chosen = self.chosen(function).await?;
        let mut kept = chosen.iter().flat_map(|it| &it.kept).cloned().collect::<Vec<_>>();
        let chosen = chosen.map(|it| it.folder);
        let mut code = chosen.clone().map_or_else(|| function.code.clone(), FunctionCode::from);
        let mut layers = function.layers.clone();
        if let (Some(build), Some(folder)) = (&function.build, function.code.path()) {
            let interpreter = interpreter.map(|found| found.path.as_path());
            let sources = chosen.as_ref().unwrap_or(folder);
            let source = Source { folder, sources, build, interpreter };
            let told = |report: Report<'_>| match report {
                Report::Step { text, .. } => progress.step(&function.name, text),
                Report::Output { line } => progress.output(&function.name, line),
            };
            let built = self.builder.build(source, &told).await;
            let built = built.map_err(|error| error.to_string())?;
            code = built.code.into();
            // The function's own layers lie over what it depends on.
            layers.splice(0..0, built.dependencies);
            kept.extend(built.kept);
        }
        let stage = Arc::clone(&self.stage);
        let staged = tokio::task::spawn_blocking(move || {
            Ok::<_, StageError>((stage.code(&code)?, stage.layers(&layers)?))
        });
        let (task, layers) =
            staged.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let mut digest = task.digest;
        digest.extend(layers.iter().map(|layers| layers.digest.as_str()));
        kept.extend(task.kept);
        kept.extend(layers.iter().flat_map(|layers| &layers.kept).cloned());
        let code = Code { task: task.folder, layers: layers.map(|layers| layers.folder), digest };
        Ok((code, kept))
    }

    /// Those files of its folder that its patterns take in; `None` when it has no patterns.
    async fn chosen(&self, function: &Function) -> Result<Option<Staged>, String> {
        let Some(folder) = function.code.path().filter(|_| !function.files.is_empty()) else {
            return Ok(None);
        };
        let stage = Arc::clone(&self.stage);
        let (folder, files) = (folder.clone(), function.files.clone());
        let chosen = tokio::task::spawn_blocking(move || stage.chosen(&folder, &files)).await;
        let chosen = chosen.map_err(|error| error.to_string())?;
        chosen.map(Some).map_err(|error| error.to_string())
    }

    fn check_sandbox(
        &self,
        function: &Function,
        notes: &mut Vec<Note>,
    ) -> Result<Filesystem, String> {
        let mode = function.sandbox;
        match &self.platform.settings.launcher {
            Some(launcher) => {
                let capabilities = launcher.capabilities();
                capabilities.check(mode).map_err(|missing| missing.to_string())?;
                Ok(capabilities.filesystem(mode))
            }
            None if mode == SandboxMode::Required => {
                Err("its sandbox is required, and this server has no launcher to make one; set \
                 `sandbox: off` to run it as a plain process"
                    .to_owned())
            }
            None => {
                if mode == SandboxMode::BestEffort {
                    let text = "runs without a sandbox: this server has no launcher".to_owned();
                    notes.push(Note { function: function.name.clone(), text });
                }
                Ok(Filesystem::Host)
            }
        }
    }
}
