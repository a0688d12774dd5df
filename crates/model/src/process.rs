//! A process as its stack declares it: a program that the platform starts and keeps running.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::{Build, ByteSize, ProcessName, SandboxMode};

/// A long-lived server on this machine, which upstreams can point at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Process {
    pub name: ProcessName,
    /// The folder it runs in, or what it is built from; absolute.
    pub code: PathBuf,
    /// How source becomes code; `None` runs the code as it is.
    pub build: Option<Build>,
    /// The program, then its arguments. With a slash in it the program lies in the code, otherwise
    /// it is looked for in `PATH`.
    pub command: Vec<String>,
    #[serde(serialize_with = "crate::reference::serialize_variables")]
    pub environment: BTreeMap<String, String>,
    /// The variable that tells it the port to listen on, on 127.0.0.1.
    pub port: String,
    pub health: ProcessHealth,
    pub restart: Restart,
    /// How long it may take until it is healthy for the first time.
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub start_timeout: Duration,
    /// How long it may take to end after it was asked to.
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub stop_timeout: Duration,
    pub memory: ByteSize,
    /// Whether it may write to the stack's data folder.
    pub data: bool,
    pub sandbox: SandboxMode,
}

/// How it is told whether a process serves.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ProcessHealth {
    /// Asked for an answer from 200 to 399; without a path, a connection is enough.
    pub path: Option<String>,
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub interval: Duration,
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub timeout: Duration,
    /// Consecutive failures after which it is restarted; 0 never.
    pub unhealthy_after: u32,
}

/// Time between two checks when none is declared.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// How long a check may take when none is declared.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// How long to wait before a process that died is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Restart {
    /// After the second death in a row; after the first it starts at once.
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub first: Duration,
    /// The pause doubles with every death in a row, up to this.
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub longest: Duration,
}

impl Default for Restart {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), longest: Duration::from_secs(30) }
    }
}
