//! Finds the installed server that a cache runs on.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use model::{Engine, ManagedCache};

use crate::processes::program;

/// How long a server may take to say which version it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// The program, or what to install.
pub(super) async fn find(cache: &ManagedCache, path: &OsStr) -> Result<PathBuf, String> {
    let wanted: Vec<Engine> = cache.engine.map_or(Engine::ALL.to_vec(), |engine| vec![engine]);
    let mut others = Vec::new();
    for engine in &wanted {
        let Some(program) = installed(engine.program(), path).await else { continue };
        let Some(prefix) = &cache.version else { return Ok(program) };
        let version = version(&program).await.unwrap_or_default();
        if is_of(&version, prefix) {
            return Ok(program);
        }
        others.push(format!("`{}` is version {version}", engine.program()));
    }
    let names = || wanted.iter().map(|engine| format!("`{}`", engine.program()));
    let way_out = "or name a running server with `url`";
    if others.is_empty() {
        let (which, packages) = (names().collect::<Vec<_>>(), names().collect::<Vec<_>>());
        let verb = if which.len() == 1 { "is not" } else { "are not" };
        return Err(format!(
            "{} {verb} in PATH; install the package {}, {way_out}",
            which.join(" and "),
            packages.join(" or ")
        ));
    }
    let version = cache.version.as_deref().unwrap_or_default();
    Err(format!("{}, not {version}; install that, {way_out}", others.join(" and ")))
}

/// Where it really lies. Its name stays: distributions make it a link to a program that behaves as it
/// is called.
async fn installed(name: &str, path: &OsStr) -> Option<PathBuf> {
    let found = program::find(name, path).await?;
    let named = found.with_file_name(name);
    Some(if program::is_executable(&named) { named } else { found })
}

async fn version(program: &Path) -> Option<String> {
    let mut command = tokio::process::Command::new(program);
    command.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
    let said = tokio::time::timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    said.split_whitespace().find_map(|word| word.strip_prefix("v=")).map(str::to_owned)
}

/// `7` is 7.0 and 7.2.4, and not 70.
fn is_of(version: &str, prefix: &str) -> bool {
    let rest = version.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_begins_with_whole_numbers() {
        assert!(is_of("7.0.15", "7") && is_of("7.0.15", "7.0") && is_of("8.1.1", "8.1.1"));
        assert!(!is_of("70.1", "7") && !is_of("7.10", "7.1") && !is_of("", "7"));
    }
}
