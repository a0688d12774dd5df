//! Raw system calls.

/// Makes a system call; `Err` is its error number.
#[expect(unsafe_code, reason = "an attacker is not bound to safe wrappers")]
pub(crate) fn call(number: libc::c_long, arguments: [usize; 6]) -> Result<i64, i32> {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: every caller passes integers, null, or pointers to values that outlive the call and are as
    // large as the call expects; calls that would change this process's memory are given none.
    let result = unsafe { libc::syscall(number, a, b, c, d, e, f) };
    match result {
        -1 => Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)),
        other => Ok(other),
    }
}

/// A system call that must fail with one of `errors`.
pub(crate) fn refused(
    number: libc::c_long,
    arguments: [usize; 6],
    errors: &[i32],
) -> super::Outcome {
    match call(number, arguments) {
        Err(error) if errors.contains(&error) => {
            Ok(std::io::Error::from_raw_os_error(error).to_string())
        }
        Err(error) => {
            Err(format!("system call {number} failed with {error}, not because it was refused"))
        }
        Ok(result) => Err(format!("system call {number} returned {result}")),
    }
}

/// The address of something, for a raw call.
pub(crate) fn address<T: ?Sized>(value: &T) -> usize {
    std::ptr::from_ref(value).cast::<u8>().addr()
}

/// Forks; `true` in the child.
pub(crate) fn fork() -> Result<bool, i32> {
    call(libc::SYS_clone, [FORK_FLAGS, 0, 0, 0, 0, 0]).map(|pid| pid == 0)
}

const FORK_FLAGS: usize = libc::SIGCHLD as usize;
