//! The content of files and folders, as one number that changes when anything that matters does.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

/// Folders whose content never makes a different function.
const IGNORED_FOLDERS: [&str; 6] =
    [".git", "__pycache__", ".tidegate", ".pytest_cache", ".mypy_cache", ".ruff_cache"];

/// Digests of files, remembered for as long as a file's time, size and inode stay the same.
#[derive(Debug, Default)]
pub struct Digests {
    known: Mutex<HashMap<PathBuf, (Stamp, [u8; 32])>>,
}

/// A file whose stamp is the same has not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    changed: (i64, i64),
    size: u64,
    inode: u64,
}

impl Stamp {
    pub(crate) fn of(metadata: &fs::Metadata) -> Self {
        Self {
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            size: metadata.size(),
            inode: metadata.ino(),
        }
    }
}

impl Digests {
    /// Of paths, kinds, permissions to execute and contents of everything below `folder`, in the order of
    /// their names; [`is_ignored`] entries do not count.
    pub fn of_folder(&self, folder: &Path) -> io::Result<String> {
        self.of_folder_where(folder, &|path| !is_ignored(path))
    }

    /// As [`Self::of_folder`], of those paths, relative to `folder`, that count.
    pub(crate) fn of_folder_where(
        &self,
        folder: &Path,
        counts: &dyn Fn(&Path) -> bool,
    ) -> io::Result<String> {
        let mut hash = Sha256::new();
        self.add_folder(folder, folder, counts, &mut hash)?;
        Ok(hex(&hash.finalize()))
    }

    /// Of a file's content.
    pub fn of_file(&self, file: &Path) -> io::Result<String> {
        Ok(hex(&self.content(file, &fs::metadata(file)?)?))
    }

    fn add_folder(
        &self,
        root: &Path,
        folder: &Path,
        counts: &dyn Fn(&Path) -> bool,
        hash: &mut Sha256,
    ) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = path.strip_prefix(root).unwrap_or(&path);
            if !counts(name) {
                continue;
            }
            let metadata = match fs::symlink_metadata(&path) {
                // An editor's temporary file may be gone again.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                metadata => metadata?,
            };
            if metadata.is_dir() {
                self.add_folder(root, &path, counts, hash)?;
            } else if metadata.is_symlink() {
                add(hash, b'l', name.as_os_str().as_bytes());
                add(hash, b'>', fs::read_link(&path)?.as_os_str().as_bytes());
            } else if metadata.is_file() {
                let kind = if metadata.permissions().mode() & 0o111 == 0 { b'f' } else { b'x' };
                add(hash, kind, name.as_os_str().as_bytes());
                hash.update(self.content(&path, &metadata)?);
            }
        }
        Ok(())
    }

    fn content(&self, file: &Path, metadata: &fs::Metadata) -> io::Result<[u8; 32]> {
        let stamp = Stamp::of(metadata);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(file).copied();
        if let Some((at, digest)) = known
            && at == stamp
        {
            return Ok(digest);
        }
        let mut hash = Sha256::new();
        let mut reader = File::open(file)?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            match reader.read(&mut buffer)? {
                0 => break,
                count => hash.update(&buffer[..count]),
            }
        }
        let digest = hash.finalize().into();
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(file.to_owned(), (stamp, digest));
        Ok(digest)
    }
}

/// Whether a path, relative to the code's folder, is left out of its digest. What tools and functions
/// write beside the code must not look like new code.
pub(crate) fn is_ignored(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    IGNORED_FOLDERS.contains(&name)
        || name.ends_with(".log")
        || path.ends_with("node_modules/.cache")
}

pub(crate) fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        add(&mut hash, b't', text.as_bytes());
    }
    hex(&hash.finalize())
}

/// Lengths keep neighbours apart.
fn add(hash: &mut Sha256, kind: u8, bytes: &[u8]) {
    hash.update([kind]);
    hash.update(bytes.len().to_le_bytes());
    hash.update(bytes);
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
