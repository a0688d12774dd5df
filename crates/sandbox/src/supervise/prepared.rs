//! A keeper with a program-to-be that waits for its request. Until it is handed one it has seen nothing of
//! any function.

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::process::Pid;

use super::cgroup::Cgroup;
use super::entry::Entry;
use super::namespace::MountNamespace;
use super::room::Room;
use super::sys;
use crate::ResourceLimits;
use crate::channel::Channel;

#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) keeper: Pid,
    /// Readable once the keeper has ended.
    pub(super) ended: OwnedFd,
    /// Carries a failure, or closes when the program runs.
    pub(super) starting: File,
    /// Carries the program's exit status from the keeper.
    pub(super) status: File,
    /// Where the program-to-be waits for its request.
    pub(super) door: Channel,
    pub(super) cgroup: Cgroup,
    /// Where its mounts go; `None` when it sees the host's files.
    pub(super) mounts: Option<MountNamespace>,
    /// What becomes its `/tmp`.
    pub(super) room: Option<Room>,
    pub(super) has_pid_namespace: bool,
}

impl Prepared {
    /// Whether it lives, and can be bounded as asked for.
    pub(super) fn suits(&self, limits: &ResourceLimits) -> bool {
        self.cgroup.suits(limits) && !self.has_ended()
    }

    pub(super) fn has_ended(&self) -> bool {
        sys::is_readable(&self.ended)
    }

    pub(super) fn into_entry(self, id: u64) -> Entry {
        Entry {
            id,
            keeper: self.keeper,
            ended: self.ended,
            starting: Some(self.starting),
            status: self.status,
            cgroup: Some(self.cgroup),
            has_pid_namespace: self.has_pid_namespace,
            failed: false,
        }
    }

    /// Ends it. Its program does not run yet, so the keeper's end is the end of it all.
    pub(super) fn discard(self) {
        // Not yet reaped, so the pid is still its own.
        let _ = sys::send_signal(self.keeper.as_raw_nonzero().get(), libc::SIGKILL);
        let _ = sys::reap(self.keeper);
    }
}
