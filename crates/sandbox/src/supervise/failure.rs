//! What went wrong where, small enough to cross a pipe from a half-built sandbox.

use std::fmt;

use rustix::io::Errno;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// Completes "cannot ..".
    pub(super) step: String,
    pub(super) errno: i32,
}

impl Failure {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.errno.to_ne_bytes().to_vec();
        // One write of at most PIPE_BUF bytes arrives whole.
        bytes.extend(self.step.bytes().take(1024));
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (errno, step) = bytes.split_first_chunk::<4>()?;
        Some(Self {
            step: String::from_utf8_lossy(step).into_owned(),
            errno: i32::from_ne_bytes(*errno),
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.step, std::io::Error::from_raw_os_error(self.errno))
    }
}

/// Says which step an error belongs to; the text is only made when there is an error.
pub(super) trait Step<T> {
    fn step(self, step: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T> Step<T> for Result<T, Errno> {
    fn step(self, step: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|errno| Failure { step: step(), errno: errno.raw_os_error() })
    }
}

impl<T> Step<T> for std::io::Result<T> {
    fn step(self, step: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure {
            step: step(),
            errno: error.raw_os_error().unwrap_or(libc::EIO),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_crosses_the_pipe() {
        let failure = Failure { step: "mount /proc".into(), errno: libc::EPERM };
        assert_eq!(Failure::decode(&failure.encode()), Some(failure.clone()));
        assert_eq!(failure.to_string(), "cannot mount /proc: Operation not permitted (os error 1)");
        assert_eq!(Failure::decode(b"ab"), None);
    }
}
