//! Everything about a process that can be found wrong before it is started.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::health::Question;
use super::program;
use functions::artifacts::Held;
use functions::build::{Builder, Report, Source};
use functions::code::{ArchiveLimits, Stage, Staged};
use functions::{Artifacts, Settings};
use model::Process;
use sandbox::{Bind, Filesystem, Launcher, Spec, TARGET_DATA, TARGET_LAYERS, TARGET_TASK};

/// Makes plans of processes.
pub(super) struct Workshop {
    builder: Builder,
    stage: Arc<Stage>,
    /// Where tools and programs are looked for.
    path: OsString,
    data: PathBuf,
    /// Those that functions get, too: where AWS is.
    variables: BTreeMap<String, String>,
    launcher: Launcher,
}

/// How to run a process.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) process: Arc<Process>,
    /// The same for the same settings and the same code.
    pub(crate) digest: String,
    pub(crate) program: PathBuf,
    pub(crate) directory: PathBuf,
    pub(crate) binds: Vec<Bind>,
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// What it reads from its standard input, no more than a pipe holds.
    pub(crate) input: Option<String>,
    pub(crate) question: Question,
    /// What of its code lies in the state folder.
    pub(crate) kept: Vec<Held>,
}

/// What a process runs from.
struct Code {
    folder: Staged,
    dependencies: Option<PathBuf>,
    kept: Vec<Held>,
}

/// Where it is seen from inside.
struct Places {
    code: PathBuf,
    dependencies: Option<PathBuf>,
    data: Option<PathBuf>,
}

impl Workshop {
    pub(super) fn new(settings: &Settings, artifacts: &Arc<Artifacts>, launcher: Launcher) -> Self {
        let clock = Arc::clone(&settings.clock);
        let mut variables = settings.variables.clone();
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            variables.entry(name.to_owned()).or_insert_with(|| settings.region.clone());
        }
        Self {
            builder: Builder::new(Arc::clone(artifacts), settings.path.clone(), clock),
            stage: Arc::new(Stage::new(Arc::clone(artifacts), ArchiveLimits::default())),
            path: settings.path.clone(),
            data: settings.data.clone(),
            variables,
            launcher,
        }
    }

    /// Builds the process's code if need be and decides what it sees.
    pub(super) async fn plan(
        &self,
        process: &Process,
        told: &(dyn Fn(&str) + Sync),
    ) -> Result<Plan, String> {
        let capabilities = self.launcher.capabilities();
        capabilities.check(process.sandbox).map_err(|missing| missing.to_string())?;
        let is_inside = capabilities.filesystem(process.sandbox) == Filesystem::Private;
        let code = self.code(process, told).await?;
        let places = self.places(process, &code, is_inside)?;
        let (program, tool) = self.program(process, &code, &places).await?;
        let mut binds = vec![Bind::read_only(&code.folder.folder, TARGET_TASK)];
        binds.extend(code.dependencies.as_ref().map(|from| Bind::read_only(from, TARGET_LAYERS)));
        binds.extend(process.data.then(|| Bind::read_write(&self.data, TARGET_DATA)));
        binds.extend(tool);
        let settings = serde_json::to_string(process).map_err(|error| error.to_string())?;
        Ok(Plan {
            digest: format!("{settings} {} {}", code.folder.folder.display(), code.folder.digest),
            environment: self.environment(process, &places),
            process: Arc::new(process.clone()),
            program,
            directory: places.code,
            binds,
            input: None,
            question: match process.health.path.clone() {
                Some(path) => Question::Get(path),
                None => Question::Connect,
            },
            kept: code.kept,
        })
    }

    async fn code(&self, process: &Process, told: &(dyn Fn(&str) + Sync)) -> Result<Code, String> {
        let (mut folder, mut dependencies) = (process.code.clone(), None);
        let mut kept = Vec::new();
        if let Some(build) = &process.build {
            let source =
                Source { folder: &process.code, sources: &process.code, build, interpreter: None };
            let report = |report: Report<'_>| match report {
                Report::Step { text, .. } => told(text),
                Report::Output { line } => told(line),
            };
            let built = self.builder.build(source, &report).await.map_err(|e| e.to_string())?;
            (folder, dependencies, kept) = (built.code, built.dependencies, built.kept);
        }
        let stage = Arc::clone(&self.stage);
        let staged = tokio::task::spawn_blocking(move || stage.stage(&folder)).await;
        let folder = staged.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
        kept.extend(folder.kept.iter().cloned());
        Ok(Code { folder, dependencies, kept })
    }

    fn places(&self, process: &Process, code: &Code, is_inside: bool) -> Result<Places, String> {
        let at = |target: &str, source: &Path| match is_inside {
            true => PathBuf::from(target),
            false => source.to_owned(),
        };
        if process.data {
            std::fs::create_dir_all(&self.data).map_err(|error| {
                format!("could not create its data folder `{}`: {error}", self.data.display())
            })?;
        }
        Ok(Places {
            code: at(TARGET_TASK, &code.folder.folder),
            dependencies: code.dependencies.as_ref().map(|from| at(TARGET_LAYERS, from)),
            data: process.data.then(|| at(TARGET_DATA, &self.data)),
        })
    }

    /// The program as the process's world names it, and what that world needs to have it.
    async fn program(
        &self,
        process: &Process,
        code: &Code,
        places: &Places,
    ) -> Result<(PathBuf, Option<Bind>), String> {
        let word = process.command.first().map(String::as_str).unwrap_or_default();
        if !word.contains('/') {
            let missing =
                || format!("`{word}` is not in PATH; one in its own code is called `./{word}`");
            let found = program::find(word, &self.path).await.ok_or_else(missing)?;
            let bind = Bind::for_interpreter(&found);
            return Ok((found, bind));
        }
        let word = Path::new(word.strip_prefix("./").unwrap_or(word));
        let outside = code.folder.folder.join(word);
        if !program::is_executable(&outside) {
            let help = "`chmod +x` makes a file a program";
            return Err(format!("`{}` is not a program; {help}", outside.display()));
        }
        if word.is_absolute() {
            return Ok((word.to_owned(), Bind::for_interpreter(word)));
        }
        Ok((places.code.join(word), None))
    }

    /// All of it but the port. A process's own variables win.
    fn environment(&self, process: &Process, places: &Places) -> Vec<(OsString, OsString)> {
        let mut all: BTreeMap<String, OsString> = BTreeMap::new();
        let mut set = |name: &str, value: OsString| all.insert(name.to_owned(), value);
        set("PATH", "/usr/local/bin:/usr/bin:/bin".into());
        set("HOME", "/tmp".into());
        set("LANG", "en_US.UTF-8".into());
        set("TZ", ":UTC".into());
        if let Some(data) = &places.data {
            set("TIDEGATE_DATA", data.into());
        }
        if let Some(dependencies) = &places.dependencies {
            set("PYTHONPATH", dependencies.join("python").into());
        }
        for (name, value) in self.variables.iter().chain(&process.environment) {
            set(name, value.into());
        }
        all.into_iter().map(|(name, value)| (name.into(), value)).collect()
    }
}

impl Plan {
    /// What it is to read.
    pub(super) fn stdin(&self) -> io::Result<Option<OwnedFd>> {
        let Some(input) = &self.input else { return Ok(None) };
        let (reader, mut writer) = io::pipe()?;
        writer.write_all(input.as_bytes())?;
        Ok(Some(reader.into()))
    }

    /// What to start, but for its input and output.
    pub(super) fn spec(&self, port: u16) -> Spec {
        let process = &self.process;
        let mut spec = Spec::new(self.program.clone(), process.sandbox);
        spec.arguments = process.command.iter().skip(1).map(Into::into).collect();
        spec.environment.clone_from(&self.environment);
        spec.environment.push((process.port.clone().into(), port.to_string().into()));
        spec.working_directory.clone_from(&self.directory);
        spec.binds.clone_from(&self.binds);
        spec.limits.memory = Some(process.memory);
        spec
    }
}
