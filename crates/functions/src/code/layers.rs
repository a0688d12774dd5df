//! Lays one folder over another.

use std::fs;
use std::io;
use std::path::Path;

use super::StageError;
use super::digest::is_ignored;

/// Adds everything in `from` to `into`; what is there already under the same name gives way.
pub(super) fn merge(from: &Path, into: &Path) -> Result<(), StageError> {
    merge_below(from, from, into, &|path| !is_ignored(path)).map_err(StageError::io(from))
}

/// Copies those paths, relative to `from`, that count.
pub(crate) fn copy(from: &Path, into: &Path, counts: &dyn Fn(&Path) -> bool) -> io::Result<()> {
    merge_below(from, from, into, counts)
}

fn merge_below(
    root: &Path,
    from: &Path,
    into: &Path,
    counts: &dyn Fn(&Path) -> bool,
) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), into.join(entry.file_name()));
        if !counts(path.strip_prefix(root).unwrap_or(&path)) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !target.is_dir() || target.is_symlink() {
                remove(&target)?;
                fs::create_dir(&target)?;
            }
            merge_below(root, &path, &target, counts)?;
        } else if kind.is_symlink() {
            remove(&target)?;
            std::os::unix::fs::symlink(fs::read_link(&path)?, &target)?;
        } else if kind.is_file() {
            remove(&target)?;
            // A copy, not a hard link: editors that write in place must not change a staged version.
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

fn remove(target: &Path) -> io::Result<()> {
    match fs::symlink_metadata(target) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(target),
        Ok(_) => fs::remove_file(target),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
