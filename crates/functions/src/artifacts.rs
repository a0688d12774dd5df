//! What builds and stages keep in the state folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders that grow by one entry for each content.
const FOLDERS: [&str; 7] = [
    "stage/zip",
    "stage/layers",
    "stage/frozen",
    "build/python",
    "build/npm",
    "build/cargo",
    "code",
];
/// How the names of what is being made begin.
pub(crate) const PARTIAL: &str = ".partial-";

/// Removes what a killed server was making. Before anything is made.
pub(crate) fn forget_partial(state: &Path) -> io::Result<()> {
    for folder in FOLDERS.map(|folder| state.join(folder)) {
        for path in entries(&folder)? {
            let name = path.file_name().unwrap_or_default();
            if name.to_string_lossy().starts_with(PARTIAL) {
                remove(&path)?;
            }
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(all) => all.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let is_folder = fs::symlink_metadata(path)?.is_dir();
    if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}
