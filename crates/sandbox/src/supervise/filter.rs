//! Which system calls a program may make.
//!
//! Two filters; both must agree to a call. The first goes by its number. What is not on the list of allowed
//! calls does not exist (`ENOSYS`), so that a C library that tries a newer call falls back to an older one;
//! what is known to reach for the machine is forbidden (`EPERM`), which programs report better. The second
//! forbids some arguments of a few allowed calls.

mod calls;
mod table;

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use self::calls::{allowed, forbidden};

#[cfg(target_arch = "x86_64")]
const ARCH: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCH: TargetArch = TargetArch::aarch64;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// `SOCK_PACKET`, which libc deprecates and the kernel still honours.
const SOCK_PACKET: i32 = 10;
/// Low bits of a socket's type are its kind, the rest are flags.
const SOCKET_KIND: u64 = 0xf;

/// Both programs, compiled once.
#[derive(Debug)]
pub(super) struct Filter {
    numbers: BpfProgram,
    arguments: BpfProgram,
}

impl Filter {
    pub(super) fn compile() -> Result<Self, String> {
        let refused = SeccompAction::Errno(libc::EPERM.cast_unsigned());
        let rules = argument_rules().map_err(|e| e.to_string())?;
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, ARCH)
            .map_err(|e| e.to_string())?;
        Ok(Self {
            numbers: table::compile(allowed(), forbidden()),
            arguments: BpfProgram::try_from(filter).map_err(|e| e.to_string())?,
        })
    }

    /// Needs `no_new_privs` or the right to administer the user namespace.
    pub(super) fn install(&self) -> Result<(), String> {
        seccompiler::apply_filter(&self.numbers).map_err(|error| error.to_string())?;
        seccompiler::apply_filter(&self.arguments).map_err(|error| error.to_string())
    }
}

/// Each rule names arguments that are refused.
fn argument_rules() -> Result<Rules, seccompiler::BackendError> {
    let mut rules = Rules::new();
    // `clone3` hides its flags in memory, so it does not exist and C libraries use `clone`.
    let namespaces =
        [libc::CLONE_NEWNS, libc::CLONE_NEWCGROUP, libc::CLONE_NEWUTS, libc::CLONE_NEWIPC]
            .into_iter()
            .chain([libc::CLONE_NEWUSER, libc::CLONE_NEWPID, libc::CLONE_NEWNET])
            .map(|flag| u64::from(flag.cast_unsigned()));
    rules.insert(
        libc::SYS_clone,
        namespaces.map(|flag| rule([masked(0, flag, flag)])).collect::<Result<_, _>>()?,
    );
    rules.insert(libc::SYS_socket, forbidden_sockets()?);
    rules.insert(libc::SYS_socketpair, vec![rule([is_not(0, libc::AF_UNIX)])?]);
    // Typing into the terminal a program was started from, and the console's own commands.
    rules.insert(
        libc::SYS_ioctl,
        vec![rule([is(1, libc::TIOCSTI)])?, rule([is(1, libc::TIOCLINUX)])?],
    );
    // Allowed: the default, `PER_LINUX32`, which changes what `uname` says, and asking.
    rules.insert(
        libc::SYS_personality,
        vec![rule([is_not(0, 0), is_not(0, 0x0008), is_not(0, -1)])?],
    );
    Ok(rules)
}

/// Only local, IPv4 and IPv6 stream and datagram sockets, and the netlink family with which C libraries
/// list network interfaces.
fn forbidden_sockets() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let families = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];
    let mut rules = vec![rule(families.map(|family| is_not(0, family)))?];
    for kind in [libc::SOCK_RAW, libc::SOCK_RDM, libc::SOCK_DCCP, SOCK_PACKET] {
        rules.push(rule([is_not(0, libc::AF_NETLINK), masked(1, SOCKET_KIND, number(kind))])?);
    }
    rules.push(rule([is(0, number(libc::AF_NETLINK)), is_not(2, libc::NETLINK_ROUTE)])?);
    Ok(rules)
}

fn number(value: i32) -> u64 {
    u64::from(value.cast_unsigned())
}

/// A comparison that is refused at construction is reported when its rule is made.
type Condition = Result<SeccompCondition, seccompiler::BackendError>;

fn rule(
    conditions: impl IntoIterator<Item = Condition>,
) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(conditions.into_iter().collect::<Result<Vec<_>, _>>()?)
}

fn is(argument: u8, value: u64) -> Condition {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn is_not(argument: u8, value: i32) -> Condition {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, number(value))
}

fn masked(argument: u8, mask: u64, value: u64) -> Condition {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_compile_and_no_call_is_on_both_lists() {
        Filter::compile().unwrap();
        assert!(allowed().count() > 200);
        for call in forbidden() {
            assert!(
                allowed().all(|other| other != call),
                "system call {call} is both allowed and forbidden"
            );
        }
    }
}
