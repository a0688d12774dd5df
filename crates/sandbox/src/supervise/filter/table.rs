//! Decides by a call's number alone. A library would emit several instructions for each call; translating
//! them is a good part of what a start costs. Calls of one verdict mostly lie side by side, so three
//! instructions for each run of numbers do.

use libc::c_long;
use seccompiler::{BpfProgram, sock_filter};

#[cfg(target_arch = "x86_64")]
const AUDIT_ARCH: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const AUDIT_ARCH: u32 = 0xc000_00b7;

/// Where `struct seccomp_data` has them.
const CALL_NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;

const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const JUMP_IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const JUMP_IF_AT_LEAST: u32 = libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K;
const JUMP_IF_ABOVE: u32 = libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;

/// Calls not listed do not exist. Calls of another architecture, numbered differently, end the process.
pub(super) fn compile(
    allowed: impl Iterator<Item = c_long>,
    forbidden: impl Iterator<Item = c_long>,
) -> BpfProgram {
    let mut program = vec![
        instruction(LOAD, 0, 0, ARCHITECTURE),
        instruction(JUMP_IF_EQUAL, 1, 0, AUDIT_ARCH),
        instruction(RETURN, 0, 0, libc::SECCOMP_RET_KILL_PROCESS),
        instruction(LOAD, 0, 0, CALL_NUMBER),
    ];
    for (first, last) in runs(allowed) {
        returning(&mut program, first, last, libc::SECCOMP_RET_ALLOW);
    }
    for (first, last) in runs(forbidden) {
        returning(&mut program, first, last, refusal(libc::EPERM));
    }
    program.push(instruction(RETURN, 0, 0, refusal(libc::ENOSYS)));
    program
}

fn returning(program: &mut BpfProgram, first: u32, last: u32, verdict: u32) {
    program.extend([
        instruction(JUMP_IF_AT_LEAST, 0, 2, first),
        instruction(JUMP_IF_ABOVE, 1, 0, last),
        instruction(RETURN, 0, 0, verdict),
    ]);
}

fn refusal(errno: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | errno.cast_unsigned()
}

/// An instruction's code fits its sixteen bits: they are constants above.
fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code: u16::try_from(code).unwrap_or(u16::MAX), jt, jf, k }
}

/// Numbers side by side, as first and last.
fn runs(calls: impl Iterator<Item = c_long>) -> Vec<(u32, u32)> {
    let mut calls: Vec<u32> = calls.filter_map(|call| u32::try_from(call).ok()).collect();
    calls.sort_unstable();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for call in calls {
        match runs.last_mut() {
            Some((_, last)) if call <= *last + 1 => *last = call,
            _ => runs.push((call, call)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel would make of the program.
    fn verdict(program: &BpfProgram, architecture: u32, call: u32) -> u32 {
        let (mut at, mut loaded) = (0, 0);
        loop {
            let sock_filter { code, jt, jf, k } = program[at].clone();
            let jump = |holds: bool| usize::from(if holds { jt } else { jf });
            at += 1 + match u32::from(code) {
                LOAD => {
                    loaded = if k == CALL_NUMBER { call } else { architecture };
                    0
                }
                JUMP_IF_EQUAL => jump(loaded == k),
                JUMP_IF_AT_LEAST => jump(loaded >= k),
                JUMP_IF_ABOVE => jump(loaded > k),
                RETURN => return k,
                other => panic!("{other} is no instruction of these programs"),
            };
        }
    }

    #[test]
    fn every_number_gets_the_verdict_of_its_list() {
        let allowed = [0, 1, 2, 7, 9, 10, 500];
        let forbidden = [3, 5, 6, 11, 499];
        let program = compile(allowed.into_iter(), forbidden.into_iter());
        for call in 0..600 {
            let expected = match c_long::from(call) {
                call if allowed.contains(&call) => libc::SECCOMP_RET_ALLOW,
                call if forbidden.contains(&call) => refusal(libc::EPERM),
                _ => refusal(libc::ENOSYS),
            };
            assert_eq!(verdict(&program, AUDIT_ARCH, call), expected, "{call}");
        }
        assert_eq!(verdict(&program, AUDIT_ARCH, u32::MAX), refusal(libc::ENOSYS));
        // The x32 flavour of `write`.
        assert_eq!(verdict(&program, AUDIT_ARCH, 0x4000_0001), refusal(libc::ENOSYS));
        assert_eq!(verdict(&program, 0x4000_0003, 1), libc::SECCOMP_RET_KILL_PROCESS);
    }

    #[test]
    fn the_real_lists_are_told_apart_number_by_number() {
        use super::super::calls::{allowed, forbidden};
        let program = compile(allowed(), forbidden());
        for call in 0..1024 {
            let number = c_long::from(call);
            let expected = if allowed().any(|other| other == number) {
                libc::SECCOMP_RET_ALLOW
            } else if forbidden().any(|other| other == number) {
                refusal(libc::EPERM)
            } else {
                refusal(libc::ENOSYS)
            };
            assert_eq!(verdict(&program, AUDIT_ARCH, call), expected, "{call}");
        }
    }
}
