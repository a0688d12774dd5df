//! The system calls that no safe wrapper covers, each with the proof that its use here is sound.

use std::convert::Infallible;
use std::ffi::{CStr, c_char, c_int};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::ptr;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::Pid;

/// The signal with which the launcher asks a keeper to signal its program; the value says which.
pub(super) const FORWARD: c_int = 40;
/// The signal with which it asks a keeper that has no pid namespace to kill all its descendants.
pub(super) const KILL_ALL: c_int = 41;
/// The signal with which it asks a keeper to place its program: the value is a processor's number and one,
/// or 0 for any.
pub(super) const PLACE: c_int = 42;

fn check(result: i64) -> Result<i64, Errno> {
    if result < 0 { Err(last_error()) } else { Ok(result) }
}

fn last_error() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

/// Which side of a fork this is.
pub(super) enum Side {
    Parent(Pid),
    Child,
}

/// Forks into the given new namespaces.
#[expect(unsafe_code, reason = "no safe wrapper forks")]
pub(super) fn fork_into(namespaces: c_int) -> Result<Side, Errno> {
    let flags = i64::from(namespaces | libc::SIGCHLD);
    // SAFETY: `clone` without a stack and without CLONE_VM is `fork`: the child gets a copy of memory and
    // of this stack. The launcher and its forks are single-threaded, so no lock in the copy can be held
    // by a thread that does not exist there, and allocation and the standard library remain usable.
    let pid = check(unsafe { libc::syscall(libc::SYS_clone, flags, 0_i64, 0_i64, 0_i64, 0_i64) })?;
    Ok(match Pid::from_raw(i32::try_from(pid).unwrap_or_default()) {
        Some(pid) => Side::Parent(pid),
        None => Side::Child,
    })
}

#[expect(unsafe_code, reason = "rustix marks it unsafe for threads that share descriptors")]
pub(super) fn unshare(namespaces: c_int) -> Result<(), Errno> {
    // SAFETY: takes only an integer; namespaces of a single-threaded process may be changed freely.
    check(i64::from(unsafe { libc::unshare(namespaces) })).map(drop)
}

/// Sets attributes on a mount, on all mounts below it too with `AT_RECURSIVE`.
#[expect(unsafe_code, reason = "no safe wrapper for mount_setattr")]
pub(super) fn mount_setattr(
    at: BorrowedFd<'_>,
    path: &CStr,
    flags: c_int,
    set: u64,
) -> Result<(), Errno> {
    let attributes = libc::mount_attr { attr_set: set, attr_clr: 0, propagation: 0, userns_fd: 0 };
    // SAFETY: `path` is a terminated string and `attributes` a fully initialised structure of the size
    // given; both outlive the call, and the kernel only reads them.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            at.as_raw_fd(),
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    check(result).map(drop)
}

/// Makes `from` available as descriptor `to`, open across `execve`.
#[expect(unsafe_code, reason = "the target is a number that nothing owns")]
pub(super) fn duplicate_to(from: RawFd, to: RawFd) -> Result<(), Errno> {
    // SAFETY: takes only integers. The caller is about to call `execve` and uses no owned descriptor
    // whose number could be `to` any more.
    check(i64::from(unsafe { libc::dup2(from, to) })).map(drop)
}

/// Closes every descriptor from `first` on.
#[expect(unsafe_code, reason = "descriptors are closed by number")]
pub(super) fn close_from(first: RawFd) -> Result<(), Errno> {
    // SAFETY: takes only integers. The caller, a keeper, never touches an owned descriptor again: it
    // leaves through `exit_now`, which runs no destructors.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) }).map(drop)
}

/// Closes every descriptor beyond standard error but those of `kept`.
#[expect(unsafe_code, reason = "descriptors are closed by number")]
pub(super) fn close_all_but<const N: usize>(mut kept: [RawFd; N]) -> Result<(), Errno> {
    kept.sort_unstable();
    let mut first = 3;
    for kept in kept.into_iter().chain([RawFd::MAX]) {
        if first < kept {
            // SAFETY: takes only integers. The caller, a keeper, never touches another owned descriptor
            // again: it leaves through `exit_now`, which runs no destructors.
            check(unsafe { libc::syscall(libc::SYS_close_range, first, kept - 1, 0) })?;
        }
        first = kept.saturating_add(1);
    }
    Ok(())
}

/// Marks every descriptor from `first` on to be closed by `execve`.
#[expect(unsafe_code, reason = "descriptors are marked by number")]
pub(super) fn close_from_on_exec(first: RawFd) -> Result<(), Errno> {
    // SAFETY: takes only integers and closes nothing yet.
    check(unsafe {
        libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC)
    })
    .map(drop)
}

/// Replaces this process by `program`; returns only to say why not.
#[expect(unsafe_code, reason = "no safe wrapper executes a program in place")]
pub(super) fn execute(
    program: &CStr,
    arguments: &[&CStr],
    environment: &[&CStr],
) -> Result<Infallible, Errno> {
    fn pointers(strings: &[&CStr]) -> Vec<*const c_char> {
        strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
    }
    let (arguments, environment) = (pointers(arguments), pointers(environment));
    // SAFETY: `program` is a terminated string; both lists end with a null pointer and point to terminated
    // strings; everything outlives the call, which either does not return or changes nothing.
    unsafe { libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    Err(last_error())
}

/// Ends this process at once, running no destructors: they belong to the process it was forked from.
#[expect(unsafe_code, reason = "no safe wrapper for _exit")]
pub(super) fn exit_now(code: c_int) -> ! {
    // SAFETY: takes an integer and does not return.
    unsafe { libc::_exit(code) }
}

/// How a child ended, as `wait4` encodes it, and what it and its descendants used.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reaped {
    pub(super) status: c_int,
    pub(super) peak_bytes: u64,
    pub(super) user: Duration,
    pub(super) system: Duration,
}

/// Reaps `child`, waiting for it to end.
#[expect(unsafe_code, reason = "no safe wrapper reports resource usage")]
pub(super) fn reap(child: Pid) -> Result<Reaped, Errno> {
    let mut status = 0;
    // SAFETY: `rusage` consists of integers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to live, writable values of the types the kernel fills in.
        let result = unsafe {
            libc::wait4(child.as_raw_nonzero().get(), &raw mut status, 0, &raw mut usage)
        };
        match check(i64::from(result)) {
            Ok(_) => break,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(Reaped {
        status,
        peak_bytes: u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024,
        user: span(usage.ru_utime),
        system: span(usage.ru_stime),
    })
}

fn span(time: libc::timeval) -> Duration {
    Duration::from_secs(time.tv_sec.try_into().unwrap_or(0))
        + Duration::from_micros(time.tv_usec.try_into().unwrap_or(0))
}

/// Reaps any child that has ended, without waiting.
#[expect(unsafe_code, reason = "the status is passed on in its raw form")]
pub(super) fn reap_any() -> Option<(Pid, c_int)> {
    let mut status = 0;
    // SAFETY: the pointer is to a live, writable integer.
    let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) };
    Pid::from_raw(pid.max(0)).map(|pid| (pid, status))
}

/// Blocks every signal, so that they can be waited for.
#[expect(unsafe_code, reason = "no safe wrapper for signal masks")]
pub(super) fn block_signals() {
    // SAFETY: the set is initialised by `sigfillset` before it is read; a null old set is allowed.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const all, ptr::null_mut());
    }
}

/// A terminal's or service supervisor's "please end" is for the server; it closes our socket in its time.
const IGNORED: [c_int; 5] =
    [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, libc::SIGPIPE];

#[expect(unsafe_code, reason = "no safe wrapper for signal dispositions")]
pub(super) fn ignore_termination() {
    for signal in IGNORED {
        // SAFETY: SIG_IGN installs no code of ours.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Gives the program what every program expects: default dispositions, nothing blocked. `execve` itself
/// resets signals that have a handler, so only the ignored ones are left to do.
#[expect(unsafe_code, reason = "no safe wrapper for signal dispositions")]
pub(super) fn reset_signals() {
    // SAFETY: SIG_DFL installs no code of ours. The set is initialised by `sigemptyset` before it is read.
    unsafe {
        for signal in IGNORED {
            libc::signal(signal, libc::SIG_DFL);
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
    }
}

/// A signal that was waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrived {
    pub(super) signal: c_int,
    /// 0 for a sender outside of this pid namespace.
    pub(super) sender: i32,
    pub(super) value: i32,
}

/// Waits for one of the signals a keeper lives by; all of them are blocked.
#[expect(unsafe_code, reason = "no safe wrapper waits for signals")]
pub(super) fn wait_for_signal() -> Option<Arrived> {
    // SAFETY: the set is initialised before it is read, `siginfo_t` is filled in by the kernel (zero is a
    // value of it), and its pid and value fields are plain integers in every union variant that the
    // four signals come with.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in [libc::SIGCHLD, FORWARD, KILL_ALL, PLACE] {
            libc::sigaddset(&raw mut set, signal);
        }
        let mut from: libc::siginfo_t = std::mem::zeroed();
        let signal = libc::sigwaitinfo(&raw const set, &raw mut from);
        if signal < 0 {
            return None;
        }
        let value = i32::try_from(from.si_value().sival_ptr.addr() & 0x7fff_ffff).unwrap_or(0);
        Some(Arrived { signal, sender: from.si_pid(), value })
    }
}

/// Queues a signal with a value.
#[expect(unsafe_code, reason = "no safe wrapper queues signals")]
pub(super) fn queue_signal(to: Pid, signal: c_int, value: i32) -> Result<(), Errno> {
    let value = libc::sigval {
        sival_ptr: ptr::without_provenance_mut(usize::try_from(value).unwrap_or(0)),
    };
    // SAFETY: the value is only ever read as an integer.
    check(i64::from(unsafe { libc::sigqueue(to.as_raw_nonzero().get(), signal, value) })).map(drop)
}

/// Signals a process or, with a negative number, a process group.
#[expect(unsafe_code, reason = "rustix has no call for an arbitrary signal number")]
pub(super) fn send_signal(to: i32, signal: c_int) -> Result<(), Errno> {
    // SAFETY: takes only integers.
    check(i64::from(unsafe { libc::kill(to, signal) })).map(drop)
}

/// Whether reading, which includes an end, would not wait.
pub(super) fn is_readable(file: &impl AsFd) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut watched = [PollFd::new(file, PollFlags::IN)];
    poll(&mut watched, Some(&now)).is_ok() && !watched[0].revents().is_empty()
}
