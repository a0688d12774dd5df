//! A started process, seen from the server.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::launcher::Link;

/// A process and everything it started. Dropping it kills them.
#[derive(Debug)]
pub struct Process {
    pub(crate) id: u64,
    pub(crate) pid: u32,
    pub(crate) memory_peak_file: Option<PathBuf>,
    pub(crate) exit: watch::Receiver<Option<Exit>>,
    pub(crate) link: Arc<Link>,
}

/// How a process ended and what it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    pub reason: ExitReason,
    /// The kernel killed something in it for exceeding its memory limit.
    pub out_of_memory: bool,
    pub usage: Usage,
}

/// Why a process is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitReason {
    Code(i32),
    Signal(i32),
    /// The launcher died and took it along.
    LauncherLost,
}

/// What a process and its descendants used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Most memory at once, in bytes: of all of them where a cgroup counts, else of the largest.
    pub memory_peak: u64,
    pub user_time: Duration,
    pub system_time: Duration,
}

impl Process {
    /// The host's pid of the sandbox's first process, the program's parent.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Completes when the process and all its descendants are gone. Cancel safe; may be called again.
    pub async fn exited(&self) -> Exit {
        let mut exit = self.exit.clone();
        let found = exit.wait_for(Option::is_some).await.ok().and_then(|exit| *exit);
        found.unwrap_or(Exit {
            reason: ExitReason::LauncherLost,
            out_of_memory: false,
            usage: Usage::default(),
        })
    }

    /// The exit, if it has already happened.
    pub fn exit(&self) -> Option<Exit> {
        *self.exit.borrow()
    }

    /// Sends a signal to the program's process group; one that has ended is left alone.
    pub fn signal(&self, signal: i32) {
        self.link.signal(self.id, signal);
    }

    /// Lets the program's threads, and those they start from now on, run on this processor alone, or
    /// again wherever the launcher may. Takes effect soon; a program that has ended is left alone.
    pub fn place(&self, processor: Option<u16>) {
        self.link.place(self.id, processor);
    }

    /// Kills the process and all its descendants, wherever they have hidden.
    pub fn kill(&self) {
        self.link.kill(self.id);
    }

    /// Most memory used at once so far, in bytes; `None` when it cannot be read any more.
    pub fn memory_peak(&self) -> Option<u64> {
        match &self.memory_peak_file {
            Some(file) => std::fs::read_to_string(file).ok()?.trim().parse().ok(),
            None => resident_peak(self.pid),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.exit().is_none() {
            self.kill();
        }
    }
}

/// The high-water mark of the keeper's first child: the program.
fn resident_peak(keeper: u32) -> Option<u64> {
    let children =
        std::fs::read_to_string(format!("/proc/{keeper}/task/{keeper}/children")).ok()?;
    let program: u32 = children.split_whitespace().next()?.parse().ok()?;
    let status =
        std::fs::read_to_string(Path::new("/proc").join(program.to_string()).join("status"))
            .ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
