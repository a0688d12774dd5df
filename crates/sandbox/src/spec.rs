//! What to start and within which bounds.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use model::{ByteSize, SandboxMode};

/// Where a function's code is seen from inside.
pub const TARGET_TASK: &str = "/var/task";
/// Where its layers are seen.
pub const TARGET_LAYERS: &str = "/opt";
/// Where its writable data folder is seen.
pub const TARGET_DATA: &str = "/mnt/data";

/// One process to start. Its environment is exactly `environment`; of the launcher's file descriptors
/// it inherits none.
#[derive(Debug)]
pub struct Spec {
    /// Absolute, as seen in the [`Filesystem`] the process will run in.
    pub program: PathBuf,
    /// What follows the program's own name.
    pub arguments: Vec<OsString>,
    pub environment: Vec<(OsString, OsString)>,
    pub working_directory: PathBuf,
    /// Folders of the host that the process sees, in the order they are mounted.
    pub binds: Vec<Bind>,
    /// Room in `/tmp`. It lives in memory, so what is written there counts towards `limits.memory`.
    pub temporary: ByteSize,
    pub limits: ResourceLimits,
    /// `/dev/null` where `None`.
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
    /// Become file descriptors 3, 4, .. of the process.
    pub inherited: Vec<OwnedFd>,
    pub mode: SandboxMode,
}

impl Spec {
    /// `program` with no arguments, an empty environment and Lambda's own bounds.
    pub fn new(program: impl Into<PathBuf>, mode: SandboxMode) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            working_directory: PathBuf::from("/"),
            binds: Vec::new(),
            temporary: ByteSize::mib(512),
            limits: ResourceLimits::default(),
            stdin: None,
            stdout: None,
            stderr: None,
            inherited: Vec::new(),
            mode,
        }
    }
}

/// A file or folder of the host made visible inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// Absolute, on the host.
    pub source: PathBuf,
    /// Absolute, inside.
    pub target: PathBuf,
    pub access: Access,
}

impl Bind {
    pub fn read_only(source: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self { source: source.into(), target: target.into(), access: Access::ReadOnly }
    }

    /// When the launcher runs as root, the folder is handed to the sandbox's user.
    pub fn read_write(source: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self { source: source.into(), target: target.into(), access: Access::ReadWrite }
    }

    /// What an interpreter needs to be seen at its own path: its installation prefix when that lies
    /// outside the system folders every process sees, `None` otherwise. `program` has no symbolic
    /// links left in it.
    pub fn for_interpreter(program: &Path) -> Option<Self> {
        const SYSTEM: [&str; 7] =
            ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/nix/store", "/gnu/store"];
        if SYSTEM.iter().any(|folder| program.starts_with(folder)) {
            return None;
        }
        let folder = program.parent()?;
        let prefix = if folder.ends_with("bin") { folder.parent()? } else { folder };
        (prefix != Path::new("/")).then(|| Self::read_only(prefix, prefix))
    }
}

/// Whether a bound folder may be changed from inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    ReadOnly,
    ReadWrite,
}

/// Bounds on what a process and all its descendants may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResourceLimits {
    pub memory: Option<ByteSize>,
    /// Processes and threads; Lambda's is 1,024.
    pub processes: u32,
    /// Processors' worth of time, `0.5` being half of one.
    pub cpus: Option<f64>,
    /// File descriptors per process; Lambda's is 1,024.
    pub open_files: u32,
}

impl Default for ResourceLimits {
    fn default() -> Self {
        Self { memory: None, processes: 1024, cpus: None, open_files: 1024 }
    }
}

/// Which files a process sees, and so how its program and folders are to be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filesystem {
    /// A root of its own: [`Bind::target`]s, the system's programs and libraries, `/tmp`.
    Private,
    /// The host's, binds are not mounted: use [`Bind::source`]s.
    Host,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_outside_the_system_folders_needs_its_prefix() {
        let python = Bind::for_interpreter(Path::new("/srv/pythons/3.11.7/bin/python3.11"));
        assert_eq!(python, Some(Bind::read_only("/srv/pythons/3.11.7", "/srv/pythons/3.11.7")));
        assert_eq!(Bind::for_interpreter(Path::new("/usr/bin/node")), None);
        assert_eq!(
            Bind::for_interpreter(Path::new("/opt/node/node")),
            Some(Bind::read_only("/opt/node", "/opt/node"))
        );
    }
}
