//! A process the launcher has started, from fork to reaping.

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, Signal, pidfd_send_signal};

use super::cgroup::Cgroup;
use super::sys::{self, KILL_ALL, Reaped};
use crate::{Exit, ExitReason, Usage};

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

impl Entry {
    pub(super) fn kill(&self) {
        // It may have ended already.
        if self.has_pid_namespace {
            let _ = pidfd_send_signal(&self.ended, Signal::KILL);
        } else {
            let _ = sys::queue_signal(self.keeper, KILL_ALL, 0);
        }
    }

    pub(super) fn exit(&self, status: i32, reaped: &Reaped) -> Exit {
        let reason = if libc::WIFSIGNALED(status) {
            ExitReason::Signal(libc::WTERMSIG(status))
        } else {
            ExitReason::Code(libc::WEXITSTATUS(status))
        };
        let cgroup = self.cgroup.as_ref();
        Exit {
            reason,
            out_of_memory: cgroup.is_some_and(Cgroup::has_run_out_of_memory),
            usage: Usage {
                memory_peak: cgroup.and_then(Cgroup::memory_peak).unwrap_or(reaped.peak_bytes),
                user_time: reaped.user,
                system_time: reaped.system,
            },
        }
    }
}
