//! Everything about a cache that can be found wrong before it is started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use model::{ByteSize, CacheName, ManagedCache, Process, ProcessHealth, ProcessName, Restart};
use sandbox::{Bind, Filesystem, Launcher, TARGET_DATA, TARGET_TASK};

use super::{config, engine, password};
use crate::processes::{Plan, Port, Question};

/// Reading a log of many writes takes its time.
const START: Duration = Duration::from_mins(5);
const STOP: Duration = Duration::from_secs(10);
/// The server's own, beside the data; a copy of the data while its log is written anew is the rest.
const OVERHEAD: ByteSize = ByteSize::mib(64);

/// Makes plans of caches.
pub(super) struct Workshop {
    /// Of all caches, each with a folder of its own below it.
    folder: PathBuf,
    /// Where servers are looked for.
    path: OsString,
    launcher: Launcher,
}

impl Workshop {
    pub(super) fn new(folder: PathBuf, path: OsString, launcher: Launcher) -> Self {
        Self { folder, path, launcher }
    }

    /// Where a new cache will be reached, and with which password.
    pub(super) fn place(&self, name: &CacheName) -> Result<(Arc<Port>, String), String> {
        let folder = self.folder.join(name.as_str());
        let unusable = |error| format!("{}: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(unusable)?;
        let password = password::of(&folder.join("password")).map_err(unusable)?;
        let port = Port::reserve().map_err(|error| format!("no free port was found: {error}"))?;
        Ok((Arc::new(port), password))
    }

    pub(super) async fn plan(
        &self,
        name: &CacheName,
        cache: &ManagedCache,
        port: &Port,
        password: &str,
    ) -> Result<Plan, String> {
        let capabilities = self.launcher.capabilities();
        capabilities.check(cache.sandbox).map_err(|missing| missing.to_string())?;
        let program = engine::find(cache, &self.path).await?;
        let data = self.data(name)?;
        let is_inside = capabilities.filesystem(cache.sandbox) == Filesystem::Private;
        let seen = if is_inside { PathBuf::from(TARGET_DATA) } else { data.clone() };
        let mut binds = vec![Bind::read_write(&data, TARGET_DATA)];
        let mut seen_program = program.clone();
        if is_inside && Bind::for_interpreter(&program).is_some() {
            // One file that needs nothing but the system's libraries, wherever it lies.
            seen_program = Path::new(TARGET_TASK).join(program.file_name().unwrap_or_default());
            binds.push(Bind::read_only(program.parent().unwrap_or(&program), TARGET_TASK));
        }
        let settings = serde_json::to_string(cache).map_err(|error| error.to_string())?;
        Ok(Plan {
            digest: format!("{settings} {}", program.display()),
            process: Arc::new(process(name, cache, &data, &program)?),
            program: seen_program,
            directory: seen.clone(),
            binds,
            environment: Vec::new(),
            input: Some(config::text(cache, port.number(), password, &seen)),
            question: Question::Ping { password: password.to_owned() },
            kept: Vec::new(),
        })
    }

    /// Where its data lies.
    fn data(&self, name: &CacheName) -> Result<PathBuf, String> {
        let folder = self.folder.join(name.as_str()).join("data");
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }

    /// Removes what a cache kept that keeps nothing from now on.
    pub(super) fn forget(&self, name: &CacheName) -> Result<(), String> {
        let log = self.data(name)?.join("appendonlydir");
        match fs::remove_dir_all(&log) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(format!("{}: {error}", log.display()))
            }
            _ => Ok(()),
        }
    }
}

/// It is kept running as every process is.
fn process(
    name: &CacheName,
    cache: &ManagedCache,
    data: &Path,
    program: &Path,
) -> Result<Process, String> {
    Ok(Process {
        name: ProcessName::parse(name.as_str()).map_err(|problem| problem.to_string())?,
        code: data.to_owned(),
        build: None,
        // Its settings come through standard input.
        command: vec![program.display().to_string(), "-".to_owned()],
        environment: Default::default(),
        port: "PORT".to_owned(),
        health: ProcessHealth {
            path: None,
            interval: model::process::INTERVAL,
            timeout: model::process::PATIENCE,
            unhealthy_after: 3,
        },
        restart: Restart::default(),
        start_timeout: START,
        stop_timeout: STOP,
        memory: ByteSize(cache.memory.0.saturating_mul(2).saturating_add(OVERHEAD.0)),
        data: false,
        sandbox: cache.sandbox,
    })
}
