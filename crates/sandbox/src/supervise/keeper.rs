//! The first process of a sandbox. It builds the sandbox around itself, forks the program-to-be, reaps
//! what the program leaves behind, and with its own end ends everything.
//!
//! A keeper is a fork of the single-threaded launcher, so it may allocate; it holds no other program's
//! environment, because the launcher wipes a request as soon as it has handed it over.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd};

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use rustix::process::{Pid, chdir, set_child_subreaper};

use super::base::READ_ONLY;
use super::confine::{self, Identity};
use super::failure::{Failure, Step};
use super::filter::Filter;
use super::paths::{HOST, Host, open_directory};
use super::place;
use super::program;
use super::sys::{self, FORWARD, KILL_ALL, PLACE, Side};
use crate::channel::Channel;

/// What is applied to one process: what it was asked to be confined by, and this machine offers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layers {
    pub(super) user: bool,
    pub(super) mount: bool,
    pub(super) pid: bool,
    pub(super) proc: bool,
    pub(super) ipc: bool,
    pub(super) uts: bool,
    pub(super) no_new_privileges: bool,
    pub(super) seccomp: bool,
    pub(super) landlock: bool,
}

impl Layers {
    pub(super) const NONE: Self = Self {
        user: false,
        mount: false,
        pid: false,
        proc: false,
        ipc: false,
        uts: false,
        no_new_privileges: false,
        seccomp: false,
        landlock: false,
    };

    /// Those a keeper is forked into; the launcher has made its mount namespace before.
    pub(super) fn namespaces(self) -> i32 {
        let flag = |wanted, flag| if wanted { flag } else { 0 };
        flag(self.pid, libc::CLONE_NEWPID)
            | flag(self.ipc, libc::CLONE_NEWIPC)
            | flag(self.uts, libc::CLONE_NEWUTS)
    }

    pub(super) fn is_confined(self) -> bool {
        self.no_new_privileges
    }
}

/// What a keeper needs, borrowed from the launcher it was forked from.
pub(super) struct Plan<'a> {
    pub(super) host: &'a Host,
    pub(super) identity: Identity,
    pub(super) layers: Layers,
    pub(super) filter: Option<&'a Filter>,
    pub(super) cgroup_entrances: Vec<File>,
    /// No cgroup counts these, so the program's rlimits do.
    pub(super) bound_memory: bool,
    pub(super) bound_processes: bool,
}

/// A keeper's ends of what connects it with the launcher.
pub(super) struct Ends {
    pub(super) starting: File,
    pub(super) status: File,
    /// Where the program-to-be hears its request.
    pub(super) door: Channel,
}

/// Runs a keeper in a freshly forked process. Never returns to the launcher's code.
pub(super) fn run(plan: Plan<'_>, mut ends: Ends) -> ! {
    let Err(failure) = keep(plan, &mut ends);
    // Without a launcher to read it there is nobody to tell.
    let _ = ends.starting.write_all(&failure.encode());
    sys::exit_now(1)
}

fn keep(mut plan: Plan<'_>, ends: &mut Ends) -> Result<Infallible, Failure> {
    sys::block_signals();
    confine::die_with_parent()?;
    for mut entrance in plan.cgroup_entrances.drain(..) {
        entrance.write_all(b"0").step(|| "join its cgroup".into())?;
    }
    // It may wait for long, and must not hold on to what is the launcher's or another sandbox's.
    let own = [ends.starting.as_raw_fd(), ends.status.as_raw_fd(), ends.door.as_fd().as_raw_fd()];
    sys::close_all_but(own).step(|| "close the launcher's files".into())?;
    build_sandbox(&plan)?;
    let program = match sys::fork_into(0).step(|| "fork".into())? {
        Side::Child => program::run(&plan, ends),
        Side::Parent(pid) => pid,
    };
    let status_fd = ends.status.as_raw_fd();
    // The program's pipes must see their other end close when the program closes it.
    sys::duplicate_to(status_fd, 0)
        .and_then(|()| sys::close_from(1))
        .step(|| "close its files".into())?;
    let ended = watch(program, plan.layers.pid);
    let report = ended.to_ne_bytes();
    let _ = rustix::io::write(std::io::stdin(), &report);
    sys::exit_now(0)
}

/// From here on this process, and what it forks, has no rights left but those of the program.
fn build_sandbox(plan: &Plan<'_>) -> Result<(), Failure> {
    let own_proc =
        open_directory(plan.host.path("/proc/self")).step(|| "find itself in /proc".into())?;
    if plan.layers.uts {
        rustix::system::sethostname(b"sandbox").step(|| "set the host name".into())?;
    }
    if plan.layers.mount {
        build_root(plan.layers)?;
    }
    if plan.layers.user || (plan.layers.is_confined() && plan.identity.outer_uid().is_some()) {
        confine::become_nobody(plan.identity, &own_proc, plan.layers.user)?;
    }
    if plan.layers.is_confined() {
        confine::drop_capabilities()?;
        confine::gain_nothing()?;
    }
    // Changing ids has undone it.
    confine::die_with_parent()?;
    confine::hide_memory()?;
    if !plan.layers.pid {
        set_child_subreaper(Some(rustix::process::getpid())).step(|| "adopt orphans".into())?;
    }
    Ok(())
}

/// Lets go of the host's files. What is the program's own the launcher adds when there is a program.
fn build_root(layers: Layers) -> Result<(), Failure> {
    if layers.proc {
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        mount(c"proc", c"/proc", c"proc", flags, None).step(|| "mount /proc".into())?;
    }
    chdir("/").step(|| "enter its root".into())?;
    unmount(HOST, UnmountFlags::DETACH).step(|| "let go of the host's files".into())?;
    let root = open_directory("/").step(|| "open its root".into())?;
    sys::mount_setattr(root.as_fd(), c"", libc::AT_EMPTY_PATH, READ_ONLY)
        .step(|| "make its root read-only".into())
}

/// Reaps and forwards signals until the program ends; returns how it ended.
fn watch(program: Pid, has_pid_namespace: bool) -> i32 {
    let mut ended = None;
    loop {
        reap(program, &mut ended);
        if let Some(status) = ended {
            if !has_pid_namespace {
                kill_descendants(program, &mut ended);
            }
            return status;
        }
        let Some(arrived) = sys::wait_for_signal() else { continue };
        // Only the launcher may command; inside a pid namespace nobody outside has a pid.
        let launcher = if has_pid_namespace { 0 } else { parent() };
        if arrived.sender != launcher {
            continue;
        }
        match arrived.signal {
            // A group that has just ended needs no signal.
            FORWARD => drop(sys::send_signal(-program.as_raw_nonzero().get(), arrived.value)),
            KILL_ALL => kill_descendants(program, &mut ended),
            PLACE => place::place(program, arrived.value),
            _ => {}
        }
    }
}

/// Reaps whatever has ended, and notes how the program did.
fn reap(program: Pid, ended: &mut Option<i32>) {
    while let Some((pid, status)) = sys::reap_any() {
        if pid == program {
            *ended = Some(status);
        }
    }
}

fn parent() -> i32 {
    rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get())
}

/// Orphans become children of this process, so killing children until there are none kills all.
fn kill_descendants(program: Pid, ended: &mut Option<i32>) {
    let file = format!("/proc/self/task/{}/children", rustix::process::getpid().as_raw_nonzero());
    loop {
        reap(program, ended);
        let children = fs::read_to_string(&file).unwrap_or_default();
        let mut children =
            children.split_whitespace().filter_map(|pid| pid.parse().ok()).peekable();
        if children.peek().is_none() {
            return;
        }
        for child in children {
            // One that has just ended is reaped in the next round.
            let _ = sys::send_signal(child, libc::SIGKILL);
        }
        // SIGCHLD stays pending from the first of them on, so none is waited for in vain.
        let _ = sys::wait_for_signal();
    }
}
