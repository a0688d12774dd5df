//! Finds the manifest of a stack, its state folder, and the server that runs it.

use std::path::{Path, PathBuf};

use server::Addresses;
use stack::NotFound;

use crate::exit::{Exit, Failure};
use crate::logins::{LOCAL, Logins};
use crate::{arguments, client};

pub(crate) use stack::MANIFEST;
const STATE: &str = ".tidegate";

/// What describes the stack that `dir` means: itself if it is a file, else what is in it. Without `dir`,
/// the nearest one from the working directory up to the repository's root.
pub(crate) fn manifest(dir: Option<&Path>) -> Result<PathBuf, Failure> {
    let Some(dir) = dir else {
        let here = std::env::current_dir()?;
        return stack::find(&here).map_err(|missing| not_found(&missing));
    };
    let dir = std::path::absolute(dir)?;
    if dir.is_file() {
        return Ok(dir);
    }
    if !dir.exists() {
        let text = format!("{} does not exist", dir.display());
        return Err(Failure::usage(text).help("`tidegate init DIR` writes a small stack"));
    }
    stack::in_folder(&dir).map_err(|missing| not_found(&missing))
}

fn not_found(missing: &NotFound) -> Failure {
    Failure::usage(missing.to_string()).help(missing.help())
}

/// The state folder of a manifest unless one was given.
pub(crate) fn state(given: Option<&Path>, manifest: &Path) -> Result<PathBuf, Failure> {
    match given {
        Some(dir) => Ok(std::path::absolute(dir)?),
        None => Ok(manifest.parent().unwrap_or(Path::new("/")).join(STATE)),
    }
}

/// The addresses of the running server that the arguments mean.
pub(crate) fn server(wanted: &arguments::Server) -> Result<Located, Failure> {
    if let Some(name) = &wanted.server {
        return known(&Logins::read()?, name);
    }
    if let Some(admin) = &wanted.admin {
        return Ok(Located::Admin(admin.trim_end_matches('/').to_owned()));
    }
    let state = match (&wanted.state, &wanted.dir) {
        (Some(state), None) => std::path::absolute(state)?,
        (given, dir) => state(given.as_deref(), &manifest(dir.as_deref())?)?,
    };
    match server::running(&state)? {
        Some(addresses) => Ok(found(&state, addresses)),
        None => {
            Err(Failure::new(Exit::Failed, format!("no server is running on {}", state.display()))
                .help("start one with `tidegate up`, or name it with --admin URL"))
        }
    }
}

/// The server that stacks are deployed to.
pub(crate) fn daemon(wanted: &arguments::Daemon) -> Result<Located, Failure> {
    if let Some(name) = wanted.server.as_ref().filter(|name| *name != LOCAL) {
        return known(&Logins::read()?, name);
    }
    if let Some(admin) = &wanted.admin {
        return Ok(Located::Admin(admin.trim_end_matches('/').to_owned()));
    }
    if wanted.state.is_none() && wanted.server.is_none() {
        let logins = Logins::read()?;
        if let Some(name) = &logins.latest {
            return known(&logins, name);
        }
    }
    let state = daemon_state(wanted.state.as_deref())?;
    match server::running(&state)? {
        Some(addresses) => Ok(found(&state, addresses)),
        None => {
            Err(Failure::new(Exit::Failed, format!("no server is running on {}", state.display()))
                .help("start one with `tidegate serve`, or name it with --admin URL"))
        }
    }
}

/// A server that somebody logged in to.
fn known(logins: &Logins, name: &str) -> Result<Located, Failure> {
    let login = logins.find(name)?;
    if let Some(token) = &login.token {
        client::show_token(token);
    }
    Ok(Located::Admin(login.admin.clone()))
}

/// Where `tidegate serve` keeps everything unless it is told otherwise.
pub(crate) fn daemon_state(given: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(state) = given {
        return Ok(std::path::absolute(state)?);
    }
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib/tidegate"));
    }
    let variable = |wanted: &str| std::env::vars_os().find(|(name, _)| name == wanted);
    let folder = variable("XDG_STATE_HOME").map(|(_, folder)| PathBuf::from(folder));
    let folder = folder.filter(|folder| folder.is_absolute());
    let home = || Some(PathBuf::from(variable("HOME")?.1).join(".local/state"));
    let folder = folder.or_else(home).ok_or_else(|| {
        Failure::usage("there is no home folder to keep state in").help("name one with --state DIR")
    })?;
    Ok(folder.join("tidegate"))
}

/// Who may read the state folder's token has what the server wants to see.
fn found(state: &Path, addresses: Addresses) -> Located {
    if let Ok(token) = std::fs::read_to_string(state.join(server::TOKEN_FILE)) {
        client::show_token(token.trim());
    }
    Located::Everything(addresses)
}

pub(crate) enum Located {
    /// Only the admin URL is known; the rest can be asked of it.
    Admin(String),
    Everything(Addresses),
}

impl Located {
    pub(crate) fn admin(&self) -> &str {
        match self {
            Self::Admin(url) => url,
            Self::Everything(addresses) => &addresses.admin,
        }
    }
}
