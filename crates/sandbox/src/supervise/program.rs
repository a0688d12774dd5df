//! The program-to-be: confined already, it waits for its request, takes its files and bounds, and becomes
//! the program.

use std::convert::Infallible;
use std::ffi::CStr;
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use rustix::process::{Resource, Rlimit, chdir, setrlimit, setsid};

use super::confine;
use super::failure::{Failure, Step};
use super::keeper::{Ends, Plan};
use super::rules::Rules;
use super::sys;
use crate::channel::{Channel, MAX_MESSAGE, Received};
use crate::message::{Request, StartRequest, StdioMask};

/// An interpreter maps its stack, heap and reserve besides what the limit is meant for.
const DATA_ALLOWANCE: u64 = 512 << 20;

/// Becomes the program in a freshly forked process, or reports why not and ends.
pub(super) fn run(plan: &Plan<'_>, ends: &mut Ends) -> ! {
    let Err(failure) = begin(plan, &ends.door);
    let _ = ends.starting.write_all(&failure.encode());
    sys::exit_now(127)
}

fn begin(plan: &Plan<'_>, door: &Channel) -> Result<Infallible, Failure> {
    sys::reset_signals();
    setsid().step(|| "start a session".into())?;
    if !plan.layers.pid {
        confine::die_with_parent()?;
    }
    let rules = if plan.layers.landlock { Some(Rules::begin()?) } else { None };
    // The filter allows all that is left to do.
    if let Some(filter) = plan.filter.filter(|_| plan.layers.seccomp) {
        filter.install().map_err(|error| Failure {
            step: format!("install the seccomp filter ({error})"),
            errno: libc::EINVAL,
        })?;
    }
    let mut message = vec![0; MAX_MESSAGE];
    let (length, files) = await_request(door, &mut message)?;
    let Some(Request::Start(request)) = Request::decode(&message[..length]) else {
        return Err(Failure { step: "understand its request".into(), errno: libc::EPROTO });
    };
    chdir(request.working_directory)
        .step(|| format!("enter {}", request.working_directory.to_string_lossy()))?;
    if let Some(rules) = rules {
        rules.complete(&request.binds, plan.layers.mount)?;
    }
    let arguments: Vec<&CStr> =
        [request.program].into_iter().chain(request.arguments.iter().copied()).collect();
    arrange_files(request.stdio, &files)?;
    limit_resources(plan, &request)?;
    sys::execute(request.program, &arguments, &request.environment)
        .step(|| format!("run {}", request.program.to_string_lossy()))
}

fn await_request(door: &Channel, buffer: &mut [u8]) -> Result<(usize, Vec<OwnedFd>), Failure> {
    match door.receive(buffer).step(|| "hear its request".into())? {
        Received::Message(length, files) => Ok((length, files)),
        // Nobody is left who could want a program.
        Received::Closed => sys::exit_now(0),
    }
}

/// Standard input, output and error, then the inherited files, at 0, 1, 2, 3, ..; nothing else.
fn arrange_files(stdio: StdioMask, files: &[OwnedFd]) -> Result<(), Failure> {
    let step = || "hand over its files".into();
    let mut given = files.iter();
    let mut wanted: Vec<Option<&OwnedFd>> =
        (0..3).map(|fd| if stdio.has(fd) { given.next() } else { None }).collect();
    wanted.extend(given.map(Some));
    let nothing = File::options()
        .read(true)
        .write(true)
        .open("/dev/null")
        .step(|| "open /dev/null".into())?;
    // Copies out of the way first, so that no copy overwrites what is still to be copied.
    let clear = RawFd::try_from(wanted.len()).unwrap_or(RawFd::MAX).max(64);
    let copies: Vec<OwnedFd> = wanted
        .iter()
        .map(|file| match file {
            Some(file) => rustix::io::fcntl_dupfd_cloexec(file, clear),
            None => rustix::io::fcntl_dupfd_cloexec(&nothing, clear),
        })
        .collect::<Result<_, _>>()
        .step(step)?;
    for (to, copy) in (0..).zip(&copies) {
        sys::duplicate_to(copy.as_raw_fd(), to).step(step)?;
    }
    // `starting` may have been overwritten: it lives above, see `workshop::pipe`.
    sys::close_from_on_exec(RawFd::try_from(copies.len()).unwrap_or(RawFd::MAX)).step(step)?;
    std::mem::forget((copies, nothing));
    Ok(())
}

fn limit_resources(plan: &Plan<'_>, request: &StartRequest<'_>) -> Result<(), Failure> {
    let limits = &request.limits;
    let mut bounds = vec![
        (Resource::Core, 0),
        (Resource::Nofile, u64::from(limits.open_files)),
        (Resource::Msgqueue, 0),
        (Resource::Memlock, 64 << 10),
    ];
    if plan.bound_processes && plan.layers.no_new_privileges {
        bounds.push((Resource::Nproc, u64::from(limits.processes)));
    }
    // Never the address space: V8 reserves gigabytes it does not use.
    if let Some(memory) = limits.memory.filter(|_| plan.bound_memory) {
        bounds.push((Resource::Data, memory.0.saturating_add(DATA_ALLOWANCE)));
    }
    for (resource, bound) in bounds {
        let current = rustix::process::getrlimit(resource).maximum;
        let bound = current.map_or(bound, |current| current.min(bound));
        setrlimit(resource, Rlimit { current: Some(bound), maximum: Some(bound) })
            .step(|| format!("limit {resource:?} to {bound}"))?;
    }
    Ok(())
}
