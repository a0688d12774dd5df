//! Mount namespaces that the launcher visits: it copies its own for a keeper, and later puts in what the
//! program is to see, so that a keeper needs no rights while it waits.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::failure::{Failure, Step};
use super::paths::Host;
use super::sys;

#[derive(Debug)]
pub(super) struct MountNamespace {
    file: OwnedFd,
}

impl MountNamespace {
    /// The one this process is in.
    pub(super) fn current(host: &Host) -> Result<Self, Errno> {
        let path = host.path("/proc/self/ns/mnt");
        Ok(Self { file: open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())? })
    }

    /// Moves this process into a copy of the one it is in.
    pub(super) fn enter_copy(host: &Host) -> Result<Self, Errno> {
        sys::unshare(libc::CLONE_NEWNS)?;
        Self::current(host)
    }

    fn enter(&self) -> Result<(), Errno> {
        move_into_link_name_space(self.file.as_fd(), Some(LinkNameSpaceType::Mount))
    }

    /// Returns to this one, the launcher's. A launcher lost elsewhere would confuse one sandbox with
    /// another, so it ends, and every process with it.
    pub(super) fn come_home(&self) {
        if let Err(errno) = self.enter() {
            eprintln!("the sandbox launcher cannot return to its own files: {errno}");
            sys::exit_now(1);
        }
    }

    /// Does `work` inside of `other`, then returns to this one.
    pub(super) fn visit<T>(
        &self,
        other: &Self,
        work: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        other.enter().step(|| "enter its mount namespace".into())?;
        let outcome = work();
        self.come_home();
        outcome
    }
}
