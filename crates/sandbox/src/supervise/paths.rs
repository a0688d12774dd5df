//! Where the host's files are while the launcher lives on a root of its own.

use std::ffi::{CStr, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, open, openat2};
use rustix::io::Errno;

/// Where the base tree keeps the host's root.
pub(super) const HOST: &str = "/.host";

/// The host's root directory, wherever it is mounted.
#[derive(Debug)]
pub(super) struct Host {
    root: PathBuf,
}

impl Host {
    /// Before, or without, a root of our own.
    pub(super) fn plain() -> Self {
        Self { root: PathBuf::from("/") }
    }

    pub(super) fn moved() -> Self {
        Self { root: PathBuf::from(HOST) }
    }

    /// Where to find a path of the host that contains no absolute symbolic link.
    pub(super) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Finds a path of the host; symbolic links resolve as they do on the host.
    pub(super) fn locate(&self, path: &CStr) -> Result<OwnedFd, Errno> {
        let root =
            open(&self.root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        openat2(root, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::IN_ROOT)
    }
}

/// Opens a directory of the current root for use with `*at` calls.
pub(super) fn open_directory(path: impl AsRef<Path>) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(
        CWD,
        path.as_ref(),
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )
}

pub(super) fn path_of(path: &CStr) -> &Path {
    Path::new(OsStr::from_bytes(path.to_bytes()))
}
