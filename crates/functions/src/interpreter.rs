//! Finds the interpreter of a runtime, once: its real path behind shims and links, and the
//! bootstrap that runs on it.

mod java;

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::Runtime;
use tokio::process::Command;

use crate::bootstrap::Bootstraps;

/// A probe only starts an interpreter.
const PROBE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// No link and no shim is left in it.
    pub(crate) path: PathBuf,
    /// `3.11`, `20` or `17`.
    pub(crate) version: String,
    /// The bootstrap's file name below the runtimes folder.
    pub(crate) bootstrap: String,
    /// The version is not the one that was asked for.
    pub(crate) is_substitute: bool,
    /// What files of its installation lead to, outside of it.
    pub(crate) linked: Vec<PathBuf>,
}

/// Remembers what was found.
#[derive(Debug)]
pub(crate) struct Interpreters {
    search: Vec<PathBuf>,
    found: Mutex<HashMap<Runtime, Interpreter>>,
}

impl Interpreters {
    pub(crate) fn new(path: &OsString) -> Self {
        Self { search: std::env::split_paths(path).collect(), found: Mutex::default() }
    }

    pub(crate) async fn find(
        &self,
        runtime: &Runtime,
        bootstraps: &Bootstraps,
    ) -> Result<Option<Interpreter>, String> {
        let known = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(runtime).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let found = match *runtime {
            Runtime::Provided(_) => return Ok(None),
            Runtime::Python { minor } => self.python(minor, bootstraps).await?,
            Runtime::Node { major } => self.node(major, bootstraps).await?,
            Runtime::Java { major } => self.java(major, bootstraps).await?,
        };
        let mut all = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(runtime.clone(), found.clone());
        Ok(Some(found))
    }

    async fn python(&self, wanted: u8, bootstraps: &Bootstraps) -> Result<Interpreter, String> {
        let mut candidates = self.pythons();
        // The exact version first, then the nearest, a newer one before an older one.
        candidates.sort_by_key(|(minor, _)| {
            minor.map_or((u8::MAX, 0), |minor| (minor.abs_diff(wanted), u8::MAX - minor))
        });
        for (_, candidate) in candidates {
            let Ok((path, version, bootstrap)) = probe_python(&candidate, bootstraps).await else {
                continue;
            };
            let is_substitute = version != format!("3.{wanted}");
            let linked = Vec::new();
            return Ok(Interpreter { path, version, bootstrap, is_substitute, linked });
        }
        Err(self.absent(&format!("python3.{wanted}"), "python3"))
    }

    /// Every Python that the search path names, with the minor version its name tells.
    fn pythons(&self) -> Vec<(Option<u8>, PathBuf)> {
        let mut found = Vec::new();
        for folder in &self.folders() {
            for name in names(folder) {
                let minor = name.strip_prefix("python3.").and_then(|minor| minor.parse().ok());
                let path = folder.join(&name);
                if (minor.is_some() || name == "python3") && is_executable(&path) {
                    found.push((minor, path));
                }
            }
        }
        found
    }

    async fn node(&self, wanted: u8, bootstraps: &Bootstraps) -> Result<Interpreter, String> {
        let mut probed = Vec::new();
        for folder in &self.folders() {
            let candidate = folder.join("node");
            if !is_executable(&candidate) {
                continue;
            }
            let Ok((path, major)) = probe_node(&candidate).await else { continue };
            probed.push((major, path));
            if major == wanted {
                break;
            }
        }
        probed.sort_by_key(|(major, _)| (major.abs_diff(wanted), u8::MAX - major));
        let (major, path) = probed
            .into_iter()
            .find(|(major, _)| *major >= 16)
            .ok_or_else(|| self.absent(&format!("nodejs{wanted}.x"), "node"))?;
        Ok(Interpreter {
            path,
            version: major.to_string(),
            bootstrap: bootstraps.node(),
            is_substitute: major != wanted,
            linked: Vec::new(),
        })
    }

    /// The search path, with the versions behind a folder of pyenv shims in the shims' place: a
    /// shim costs 20 ms a start and runs whatever version the working directory selects.
    fn folders(&self) -> Vec<PathBuf> {
        let mut folders = Vec::new();
        for folder in &self.search {
            let versions = folder.parent().map(|root| root.join("versions"));
            match versions {
                Some(versions) if folder.ends_with("shims") && versions.is_dir() => {
                    folders.extend(
                        names(&versions).iter().map(|name| versions.join(name).join("bin")),
                    );
                }
                _ => folders.push(folder.clone()),
            }
        }
        folders
    }

    fn absent(&self, runtime: &str, program: &str) -> String {
        let searched = self.search.iter().map(|folder| folder.display().to_string());
        format!(
            "runtime `{runtime}` needs `{program}`, which is in none of {}; install it or add its \
             folder to PATH",
            searched.collect::<Vec<_>>().join(", ")
        )
    }
}

async fn probe_python(
    candidate: &Path,
    bootstraps: &Bootstraps,
) -> Result<(PathBuf, String, String), String> {
    // Compiling here spares every cold start the compiler.
    const SCRIPT: &str = "import sys, os\n\
        if sys.version_info < (3, 8): sys.exit(1)\n\
        source, folder, digest = sys.argv[1:]\n\
        name = 'bootstrap-%s-%s.pyc' % (sys.implementation.cache_tag, digest)\n\
        target = os.path.join(folder, name)\n\
        if not os.path.exists(target):\n\
        \x20   import py_compile\n\
        \x20   py_compile.compile(source, target, '/var/runtime/bootstrap.py', True)\n\
        sys.stdout.write('%s\\n%d.%d\\n%s\\n' % ((os.path.realpath(sys.executable),)\n\
        \x20   + sys.version_info[:2] + (name,)))\n";
    let mut command = Command::new(candidate);
    command.args(["-I", "-S", "-c", SCRIPT]).arg(bootstraps.python_source());
    command.arg(bootstraps.folder()).arg(bootstraps.digest());
    let text = output(command).await?;
    let mut lines = text.lines();
    match (lines.next(), lines.next(), lines.next()) {
        (Some(path), Some(version), Some(name)) => {
            Ok((PathBuf::from(path), version.to_owned(), name.to_owned()))
        }
        _ => Err("it printed something else".to_owned()),
    }
}

async fn probe_node(candidate: &Path) -> Result<(PathBuf, u8), String> {
    const SCRIPT: &str = "fs.realpathSync(process.execPath) + '\\n' + process.versions.node";
    let mut command = Command::new(candidate);
    command.args(["-p", SCRIPT]);
    let text = output(command).await?;
    let (path, version) = text.trim().split_once('\n').ok_or("it printed something else")?;
    let major = version.split('.').next().and_then(|major| major.parse().ok());
    Ok((PathBuf::from(path), major.ok_or("its version is not a number")?))
}

async fn output(mut command: Command) -> Result<String, String> {
    command.env_clear().stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PROBE, command.output()).await;
    let output = output.map_err(|_| "it did not end")?.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(output.status.to_string());
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
