//! The last steps before the program: its files, its bounds, what it may touch, and `execve`.

use std::convert::Infallible;
use std::ffi::CStr;
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};
use rustix::process::{Resource, Rlimit, chdir, setrlimit, setsid};

use super::confine;
use super::failure::{Failure, Step};
use super::keeper::Plan;
use super::sys;
use crate::Access;

/// The newest Landlock this code knows; an older kernel enforces what it has.
const LANDLOCK: ABI = ABI::V6;
/// Read and run, nothing more.
const READABLE: [&str; 12] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/gnu/store",
    "/etc",
    "/opt",
    "/var",
];
/// An interpreter maps its stack, heap and reserve besides what the limit is meant for.
const DATA_ALLOWANCE: u64 = 512 << 20;

pub(super) struct Program<'a> {
    pub(super) plan: &'a Plan<'a>,
}

/// Becomes the program in a freshly forked process, or reports why not and ends.
pub(super) fn run(program: &Program<'_>, starting: &mut File) -> ! {
    let Err(failure) = begin(program.plan);
    let _ = starting.write_all(&failure.encode());
    sys::exit_now(127)
}

fn begin(plan: &Plan<'_>) -> Result<Infallible, Failure> {
    let request = plan.request;
    sys::reset_signals();
    setsid().step(|| "start a session".into())?;
    if !plan.layers.pid {
        confine::die_with_parent()?;
    }
    chdir(request.working_directory)
        .step(|| format!("enter {}", request.working_directory.to_string_lossy()))?;
    // The rules name paths, so they are opened while every file is still at hand.
    let rules = if plan.layers.landlock { Some(landlock_rules(plan)?) } else { None };
    let arguments: Vec<&CStr> =
        [request.program].into_iter().chain(request.arguments.iter().copied()).collect();
    if let Some(rules) = rules {
        rules.restrict_self().map_err(|error| landlock_failure(&error))?;
    }
    arrange_files(plan)?;
    limit_resources(plan)?;
    if let Some(filter) = plan.filter.filter(|_| plan.layers.seccomp) {
        filter.install().map_err(|error| Failure {
            step: format!("install the seccomp filter ({error})"),
            errno: libc::EINVAL,
        })?;
    }
    sys::execute(request.program, &arguments, &request.environment)
        .step(|| format!("run {}", request.program.to_string_lossy()))
}

/// Standard input, output and error, then the inherited files, at 0, 1, 2, 3, ..; nothing else.
fn arrange_files(plan: &Plan<'_>) -> Result<(), Failure> {
    let step = || "hand over its files".into();
    let stdio = plan.request.stdio;
    let mut given = plan.files.iter();
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
    // `starting` may have been overwritten: it lives above, see `serve::pipes`.
    sys::close_from_on_exec(RawFd::try_from(copies.len()).unwrap_or(RawFd::MAX)).step(step)?;
    std::mem::forget((copies, nothing));
    Ok(())
}

fn limit_resources(plan: &Plan<'_>) -> Result<(), Failure> {
    let limits = &plan.request.limits;
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

/// What the program may touch, said a second time in terms that hold even if a mount were wrong.
fn landlock_rules(plan: &Plan<'_>) -> Result<RulesetCreated, Failure> {
    build_rules(plan).map_err(|error| landlock_failure(&error))
}

fn build_rules(plan: &Plan<'_>) -> Result<RulesetCreated, RulesetError> {
    let read = AccessFs::from_read(LANDLOCK);
    let devices = AccessFs::MakeChar | AccessFs::MakeBlock;
    let write = AccessFs::from_all(LANDLOCK) & !devices;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(LANDLOCK))?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?;
    for path in READABLE {
        rules = allow(rules, Path::new(path), read)?;
    }
    let file_write = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::ReadDir;
    rules = allow(rules, Path::new("/proc"), file_write)?;
    rules = allow(rules, Path::new("/dev"), file_write | AccessFs::IoctlDev)?;
    rules = allow(rules, Path::new("/tmp"), write)?;
    for folder in &plan.request.binds {
        let seen = if plan.layers.mount { folder.target } else { folder.source };
        let access = if folder.access == Access::ReadWrite { write } else { read };
        rules = allow(rules, &path_of(seen), access)?;
    }
    Ok(rules)
}

/// A path that does not exist needs no rule; for a file only what applies to files is kept.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let Ok(opened) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(LANDLOCK) };
    rules.add_rule(PathBeneath::new(opened, access))
}

fn landlock_failure(error: &RulesetError) -> Failure {
    Failure { step: format!("restrict itself with landlock ({error})"), errno: libc::EINVAL }
}

fn path_of(path: &CStr) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(path.to_bytes()))
}
