//! Where a launcher stands: its rights, its root, and whom its programs will be.

use std::fs;

use rustix::process::{getegid, geteuid};

use super::base;
use super::confine::{self, Identity};
use super::failure::{Failure, Step};
use super::paths::{Host, open_directory};
use super::sys;

pub(super) struct Ground {
    pub(super) host: Host,
    pub(super) identity: Identity,
    /// Why sandboxes have no root of their own, if so.
    pub(super) base: Result<(), Failure>,
}

/// Stays on the host's root: its programs are not to be confined.
pub(super) fn plain() -> Ground {
    let base =
        Err(Failure { step: "build sandboxes while switched off".into(), errno: libc::ENOTSUP });
    Ground { host: Host::plain(), identity: Identity::Same, base }
}

/// Moves to a mount namespace with the base tree as its root: directly as root, else as root of a user
/// namespace, which any user may become. From then on both are the same.
pub(super) fn prepare() -> Ground {
    match own_mounts() {
        Ok(identity) => match base::enter() {
            Ok(host) => Ground { host, identity, base: Ok(()) },
            // Half-built, the base tree may already be the root.
            Err(failure) => {
                let host = if fs::exists(super::paths::HOST).unwrap_or(false) {
                    Host::moved()
                } else {
                    Host::plain()
                };
                Ground { host, identity, base: Err(failure) }
            }
        },
        Err(failure) => {
            Ground { host: Host::plain(), identity: Identity::Same, base: Err(failure) }
        }
    }
}

fn own_mounts() -> Result<Identity, Failure> {
    if sys::unshare(libc::CLONE_NEWNS).is_ok() {
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        return Ok(Identity::of_root(&map));
    }
    let own_proc = open_directory("/proc/self").step(|| "find itself in /proc".into())?;
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    sys::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS)
        .step(|| "enter a user namespace".into())?;
    confine::become_root_of_namespace(&own_proc, uid, gid)?;
    Ok(Identity::Same)
}
