//! Tries each layer once in a child that ends at once, and says what became of it.

use std::fs;

use landlock::{ABI, Access as _, AccessFs, Ruleset, RulesetAttr};
use rustix::mount::{MountFlags, mount};

use super::cgroup::{Cgroups, Controller};
use super::confine::{self, Identity};
use super::failure::Failure;
use super::filter::Filter;
use super::paths::{Host, open_directory};
use super::sys::{self, Side};
use crate::{Capabilities, Layer, LayerStatus};

/// What the launcher has found out about itself before probing.
pub(super) struct Ground<'a> {
    pub(super) host: &'a Host,
    pub(super) identity: Identity,
    /// Why there is no base tree, if there is none.
    pub(super) base: Result<(), Failure>,
    pub(super) filter: Result<(), String>,
    pub(super) cgroups: &'a Cgroups,
}

pub(super) fn probe(ground: &Ground<'_>, filter: Option<&Filter>) -> Capabilities {
    let mut layers = vec![
        (Layer::UserNamespace, status(attempt(0, || enter_user_namespace(ground)), "")),
        (Layer::MountNamespace, mount_namespace(ground)),
        (Layer::PidNamespace, status(attempt(libc::CLONE_NEWPID, || Ok(())), "")),
        (
            Layer::Proc,
            status(attempt(libc::CLONE_NEWPID | libc::CLONE_NEWNS, || mount_proc(ground)), ""),
        ),
        (Layer::IpcNamespace, status(attempt(libc::CLONE_NEWIPC, || Ok(())), "")),
        (Layer::UtsNamespace, status(attempt(libc::CLONE_NEWUTS, || Ok(())), "")),
        (
            Layer::NoNewPrivileges,
            status(attempt(0, || confine::gain_nothing().map_err(|f| f.errno)), ""),
        ),
        (Layer::Seccomp, seccomp(ground, filter)),
        (Layer::Landlock, landlock()),
    ];
    layers.extend(Controller::ALL.map(|controller| ground.cgroups.status(controller)));
    Capabilities::new(layers)
}

/// Runs `trial` in a child in the given new namespaces; its exit code is the error number.
fn attempt(namespaces: i32, trial: impl FnOnce() -> Result<(), i32>) -> Result<(), i32> {
    match sys::fork_into(namespaces) {
        Err(errno) => Err(errno.raw_os_error()),
        Ok(Side::Child) => sys::exit_now(trial().err().unwrap_or(0)),
        Ok(Side::Parent(child)) => {
            let status = sys::reap(child).map_err(|errno| errno.raw_os_error())?.status;
            match libc::WEXITSTATUS(status) {
                0 if libc::WIFEXITED(status) => Ok(()),
                0 => Err(libc::EINTR),
                errno => Err(errno),
            }
        }
    }
}

fn status(outcome: Result<(), i32>, how: &str) -> LayerStatus {
    match outcome {
        Ok(()) => LayerStatus::Applied(how.into()),
        Err(errno) => {
            LayerStatus::Unavailable(std::io::Error::from_raw_os_error(errno).to_string())
        }
    }
}

fn enter_user_namespace(ground: &Ground<'_>) -> Result<(), i32> {
    let own_proc =
        open_directory(ground.host.path("/proc/self")).map_err(|errno| errno.raw_os_error())?;
    confine::become_nobody(ground.identity, &own_proc, true).map_err(|failure| failure.errno)
}

fn mount_namespace(ground: &Ground<'_>) -> LayerStatus {
    match &ground.base {
        Ok(()) => status(attempt(libc::CLONE_NEWNS, || Ok(())), ""),
        Err(failure) => LayerStatus::Unavailable(failure.to_string()),
    }
}

fn mount_proc(ground: &Ground<'_>) -> Result<(), i32> {
    if ground.base.is_err() {
        return Err(libc::ENOENT);
    }
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount(c"proc", c"/proc", c"proc", flags, None).map_err(|errno| errno.raw_os_error())
}

fn seccomp(ground: &Ground<'_>, filter: Option<&Filter>) -> LayerStatus {
    let Some(filter) = filter else {
        let reason = ground.filter.clone().err().unwrap_or_default();
        return LayerStatus::Unavailable(reason);
    };
    let outcome = attempt(0, || {
        confine::gain_nothing().map_err(|failure| failure.errno)?;
        filter.install().map_err(|_| libc::EINVAL)
    });
    status(outcome, "")
}

/// The kernel's answer shows in what a fully demanding ruleset may ask for.
fn landlock() -> LayerStatus {
    use landlock::{CompatLevel, Compatible, Scope};
    let demands = |abi: ABI| {
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(abi));
        let ruleset = match ruleset {
            Ok(ruleset) if abi >= ABI::V6 => {
                ruleset.scope(Scope::AbstractUnixSocket | Scope::Signal)
            }
            other => other,
        };
        ruleset.and_then(Ruleset::create).is_ok()
    };
    let versions =
        [(ABI::V6, 6), (ABI::V5, 5), (ABI::V4, 4), (ABI::V3, 3), (ABI::V2, 2), (ABI::V1, 1)];
    match versions.into_iter().find(|(abi, _)| demands(*abi)) {
        Some((_, 6)) => LayerStatus::Applied("abi 6 or later".into()),
        Some((_, abi)) => LayerStatus::Weaker(format!(
            "the kernel has abi {abi}, abi 6 also keeps signals and abstract sockets inside"
        )),
        None => LayerStatus::Unavailable(landlock_reason()),
    }
}

fn landlock_reason() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    match release.trim() {
        "" => "the kernel does not offer it".into(),
        release => format!("the kernel ({release}) does not offer it"),
    }
}
