//! Why a server does not start.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::json;

use crate::trouble::Trouble;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("state folder {}: {error}", path.display())]
    State { path: PathBuf, error: std::io::Error },
    #[error("state folder {} is in use by another server{}", path.display(), process(*holder))]
    StateTaken { path: PathBuf, holder: Option<u32> },
    #[error("cannot listen on {address}: {error}")]
    Listen { address: SocketAddr, flag: &'static str, error: std::io::Error },
    #[error("{}", .0.message)]
    Trouble(Trouble),
    #[error(transparent)]
    Counts(#[from] limits::OpenProblem),
    #[error(transparent)]
    Launcher(#[from] sandbox::LauncherError),
    #[error("{what}: {error}")]
    Machine { what: &'static str, error: std::io::Error },
}

fn process(id: Option<u32>) -> String {
    id.map(|id| format!(" (process {id})")).unwrap_or_default()
}

impl From<Trouble> for StartError {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl StartError {
    pub(crate) fn machine(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Machine { what, error }
    }

    /// The way out, as one sentence.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::StateTaken { .. } => {
                Some("stop that server, or give this one its own folder with --state DIR".into())
            }
            Self::Listen { flag, error, .. } if error.kind() == std::io::ErrorKind::AddrInUse => {
                Some(format!("choose another port with {flag} PORT; {flag} 0 takes a free one"))
            }
            Self::Listen { flag, .. } => Some(format!("{flag} and --host choose the address")),
            Self::State { .. } => Some("--state DIR chooses another folder".into()),
            _ => None,
        }
    }

    /// The same for programs.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Trouble(trouble) => trouble.clone(),
            other => {
                let problem = json!({ "message": other.to_string(), "help": other.help() });
                Trouble { message: other.to_string(), problems: vec![problem] }
            }
        }
    }

    /// Whether the user's own input is at fault, rather than the machine.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Trouble(_))
    }
}
