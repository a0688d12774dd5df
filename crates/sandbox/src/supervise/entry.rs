//! A process the launcher has started, from fork to reaping.

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::process::Pid;

use super::cgroup::Cgroup;

#[derive(Debug)]
pub(super) struct Entry {
    /// The server's name for it.
    pub(super) id: u64,
    pub(super) keeper: Pid,
    /// Readable once the keeper has ended.
    pub(super) ended: OwnedFd,
    /// Carries a failure, or closes when the program runs; `None` after that.
    pub(super) starting: Option<File>,
    /// Carries the program's exit status from the keeper.
    pub(super) status: File,
    pub(super) cgroup: Option<Cgroup>,
    /// The keeper's end is the end of a pid namespace.
    pub(super) has_pid_namespace: bool,
    /// A failure has been reported; the end needs no report.
    pub(super) failed: bool,
}
