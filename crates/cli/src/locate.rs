//! Finds the manifest of a stack, its state folder, and the server that runs it.

use std::path::{Path, PathBuf};

use server::Addresses;
use stack::NotFound;

use crate::arguments;
use crate::exit::{Exit, Failure};

pub(crate) use stack::MANIFEST;
const STATE: &str = ".tidegate";

/// Files of other tools in whose folders people try `tidegate up` first.
const FOREIGN: [&str; 3] = ["serverless.yml", "openapi.yaml", "openapi.json"];

/// What describes the stack that `dir` means: itself if it is a file, else what is in it. Without `dir`,
/// the nearest one from the working directory up to the repository's root.
pub(crate) fn manifest(dir: Option<&Path>) -> Result<PathBuf, Failure> {
    let Some(dir) = dir else {
        let here = std::env::current_dir()?;
        return stack::find(&here).map_err(|missing| not_found(&here, &missing));
    };
    let dir = std::path::absolute(dir)?;
    if dir.is_file() {
        return Ok(dir);
    }
    if !dir.exists() {
        let text = format!("{} does not exist", dir.display());
        return Err(Failure::usage(text).help("`tidegate init DIR` writes a small stack"));
    }
    stack::in_folder(&dir).map_err(|missing| not_found(&dir, &missing))
}

fn not_found(dir: &Path, missing: &NotFound) -> Failure {
    let is_nothing = matches!(missing, NotFound::Nothing { cdk: false, .. });
    match FOREIGN.iter().find(|name| is_nothing && dir.join(name).is_file()) {
        Some(name) => Failure::usage(format!("{missing}; {name} is there, but is not read yet"))
            .help(format!("describe its functions and routes in a {MANIFEST}")),
        None => Failure::usage(missing.to_string()).help(missing.help()),
    }
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
    if let Some(admin) = &wanted.admin {
        return Ok(Located::Admin(admin.trim_end_matches('/').to_owned()));
    }
    let state = match (&wanted.state, &wanted.dir) {
        (Some(state), None) => std::path::absolute(state)?,
        (given, dir) => state(given.as_deref(), &manifest(dir.as_deref())?)?,
    };
    match server::running(&state)? {
        Some(addresses) => Ok(Located::Everything(addresses)),
        None => {
            Err(Failure::new(Exit::Failed, format!("no server is running on {}", state.display()))
                .help("start one with `tidegate up`, or name it with --admin URL"))
        }
    }
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
