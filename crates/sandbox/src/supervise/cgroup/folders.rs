//! A launcher's own folders among the cgroups, and those that dead launchers have left.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::supervise::paths::Host;

const PREFIX: &str = "tidegate-";

/// Names the launcher that a folder belongs to.
pub(super) fn own_name() -> String {
    format!("{PREFIX}{}", std::process::id())
}

/// Makes this launcher's folder and removes those that launchers killed earlier have left.
pub(super) fn own_folder(host: &Host, parent: &Path, own: &str) -> io::Result<PathBuf> {
    sweep_dead(&host.path("/proc"), parent);
    let folder = parent.join(own);
    match fs::create_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(folder),
        outcome => outcome.map(|()| folder),
    }
}

/// Removes the folders of launchers that are gone.
pub(super) fn sweep_dead(processes: &Path, parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        if pid.parse::<u32>().is_ok() && !processes.join(pid).exists() {
            sweep(&entry.path());
        }
    }
}

/// Fails harmlessly while a process is still in it.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            sweep(&entry.path());
        }
    }
    let _ = fs::remove_dir(folder);
}
