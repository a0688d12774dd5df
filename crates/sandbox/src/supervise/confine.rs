//! Giving up what a program must not have: identity, capabilities, the right to gain any.

use std::io::Write;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, openat};
use rustix::process::{
    DumpableBehavior, Gid, Signal, Uid, set_dumpable_behavior, set_parent_process_death_signal,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, set_no_new_privs, set_thread_groups,
    set_thread_res_gid, set_thread_res_uid,
};

use super::failure::{Failure, Step};
use super::sys;

/// What a sandboxed program sees itself as: Lambda's `sbx_user1051`.
const INNER_UID: u32 = 993;
const INNER_GID: u32 = 990;
/// Whom the host sees when the launcher runs as root: nobody's id, tried in this order because a
/// container may have only 65,536 of them.
const OUTER_IDS: [u32; 2] = [100_000, 64_000];

/// Who sandboxed programs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// The launcher is root: they become this unprivileged user and group.
    Unprivileged(u32),
    /// The launcher is an ordinary user, root only of a user namespace of its own: they are that user.
    Same,
}

impl Identity {
    /// Of a launcher that is root with the rights that go with it.
    pub(super) fn of_root(uid_map: &str) -> Self {
        let is_mapped = |id: u32| {
            uid_map.lines().any(|line| {
                let mut fields =
                    line.split_whitespace().filter_map(|field| field.parse::<u64>().ok());
                match (fields.next(), fields.next(), fields.next()) {
                    (Some(inside), Some(_), Some(count)) => {
                        (inside..inside + count).contains(&u64::from(id))
                    }
                    _ => false,
                }
            })
        };
        OUTER_IDS.into_iter().find(|id| is_mapped(*id)).map_or(Self::Same, Self::Unprivileged)
    }

    pub(super) fn outer_uid(self) -> Option<u32> {
        match self {
            Self::Unprivileged(id) => Some(id),
            Self::Same => None,
        }
    }
}

/// Leaves the launcher's identity for good and enters a user namespace in which nothing but the
/// program's own id exists. `own_proc` is this process's folder in some `/proc`.
pub(super) fn become_nobody(
    identity: Identity,
    own_proc: &OwnedFd,
    user_namespace: bool,
) -> Result<(), Failure> {
    let (mut uid, mut gid) = (0, 0);
    if let Identity::Unprivileged(id) = identity {
        (uid, gid) = (id, id);
        set_thread_groups(&[]).step(|| "drop supplementary groups".into())?;
        let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
        set_thread_res_gid(group, group, group).step(|| format!("become group {id}"))?;
        set_thread_res_uid(user, user, user).step(|| format!("become user {id}"))?;
        // Changing ids made this process undumpable, and its own /proc files root's.
        set_dumpable_behavior(DumpableBehavior::Dumpable).step(|| "become dumpable".into())?;
    }
    if user_namespace {
        sys::unshare(libc::CLONE_NEWUSER).step(|| "enter a user namespace".into())?;
        write_own(own_proc, "setgroups", "deny")?;
        write_own(own_proc, "uid_map", &format!("{INNER_UID} {uid} 1"))?;
        write_own(own_proc, "gid_map", &format!("{INNER_GID} {gid} 1"))?;
    }
    Ok(())
}

/// Maps the launcher's own user to root of the user namespace it has just entered.
pub(super) fn become_root_of_namespace(
    own_proc: &OwnedFd,
    uid: u32,
    gid: u32,
) -> Result<(), Failure> {
    write_own(own_proc, "setgroups", "deny")?;
    write_own(own_proc, "uid_map", &format!("0 {uid} 1"))?;
    write_own(own_proc, "gid_map", &format!("0 {gid} 1"))
}

fn write_own(own_proc: &OwnedFd, file: &str, text: &str) -> Result<(), Failure> {
    let step = || format!("write {file} of the user namespace");
    let opened =
        openat(own_proc, file, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()).step(step)?;
    std::fs::File::from(opened).write_all(text.as_bytes()).step(step)
}

/// Every capability leaves every set, and no program can bring one back.
pub(super) fn drop_capabilities() -> Result<(), Failure> {
    for capability in CapabilitySet::all().iter() {
        // Kernels older than a capability refuse it as unknown; without the right to drop it from the
        // bounding set, `no_new_privs` is what keeps it from coming back.
        let _ = remove_capability_from_bounding_set(capability);
    }
    let _ = clear_ambient_capability_set();
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .step(|| "drop capabilities".into())
}

pub(super) fn gain_nothing() -> Result<(), Failure> {
    set_no_new_privs(true).step(|| "set no_new_privs".into())
}

/// When the parent dies, so does this process.
pub(super) fn die_with_parent() -> Result<(), Failure> {
    set_parent_process_death_signal(Some(Signal::KILL))
        .step(|| "tie its life to the launcher's".into())
}

/// Nobody of the same user may look into this process's memory or files.
pub(super) fn hide_memory() -> Result<(), Failure> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).step(|| "hide the keeper's memory".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_gives_its_programs_an_id_that_exists() {
        assert_eq!(Identity::of_root("0 0 4294967295\n"), Identity::Unprivileged(100_000));
        assert_eq!(Identity::of_root("0 1000 1\n1 100000 65536\n"), Identity::Unprivileged(64_000));
        assert_eq!(Identity::of_root("0 1000 1\n"), Identity::Same);
    }
}
