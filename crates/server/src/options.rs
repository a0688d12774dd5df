//! What a server is told at its start.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use functions::{Debugger, Start as DebuggerStart};

use crate::recording::RecordingOptions;

/// Everything that `tidegate up` or `tidegate serve` decides before it starts a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is served.
    pub source: Served,
    /// What the manifest may refer to.
    pub inputs: stack::Inputs,
    /// How problems of the manifest are drawn.
    pub look: stack::Look,
    /// Where logs, builds and the functions' data live; created when missing.
    pub state: PathBuf,
    /// Where the APIs are served. The admin and AWS ports know no users and stay on loopback.
    pub host: IpAddr,
    /// 0 takes a free port, here and below.
    pub port: u16,
    pub admin_port: u16,
    pub aws_port: u16,
    /// A file with the keys of those who may call the AWS port. Without it everybody may.
    pub aws_credentials: Option<PathBuf>,
    /// Most invocations at once, of all functions together.
    pub account_concurrency: u32,
    /// Threads that answer requests, at least 1.
    pub workers: usize,
    /// The program and argument that start the launcher: this program's hidden subcommand.
    pub launcher: (PathBuf, &'static str),
    /// How topics send mail; without it, mails that were not sent are named in the log.
    pub mail: Option<MailOptions>,
    /// Whether the last invocations are kept, to run one again.
    pub recording: Option<RecordingOptions>,
    /// The one function that waits for a debugger, and the port it does so at.
    pub debugger: Option<Debugger>,
    /// How long a drain waits for requests in flight before it cuts them off.
    pub drain_timeout: Duration,
}

/// Where the stack comes from.
#[derive(Debug, Clone)]
pub enum Served {
    /// One manifest, absolute, that is followed while it is edited.
    Manifest(PathBuf),
    /// What was deployed to the server, and will be.
    Deployments { access: AdminAccess },
}

/// Who may change what a server serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminAccess {
    /// Who has the token that lies in the state folder.
    Token,
    /// Everybody on this machine, for development.
    Everybody,
}

impl Served {
    /// What a problem with a whole server is said of, and how to start it again.
    pub(crate) fn shown(&self) -> (String, &'static str) {
        match self {
            Self::Manifest(path) => {
                (path.display().to_string(), "stop it and run `tidegate up` again")
            }
            Self::Deployments { .. } => {
                ("the stack".to_owned(), "deploy it to a server of its own, or leave that out")
            }
        }
    }
}

/// An SMTP server.
#[derive(Clone)]
pub struct MailOptions {
    /// `smtp://host:port`, with a user and a password before the host if it wants them.
    pub url: String,
    /// The address that mail comes from.
    pub from: String,
}

/// Without the password.
impl std::fmt::Debug for MailOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailOptions").field("from", &self.from).finish_non_exhaustive()
    }
}
