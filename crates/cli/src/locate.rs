//! Finds the manifest of a stack, its state folder, and the server that runs it.

use std::path::{Path, PathBuf};

use server::Addresses;

use crate::arguments;
use crate::exit::{Exit, Failure};

pub(crate) const MANIFEST: &str = "tidegate.yaml";
const STATE: &str = ".tidegate";

/// Files of other tools in whose folders people try `tidegate up` first.
const FOREIGN: [&str; 6] =
    ["template.yaml", "template.yml", "serverless.yml", "cdk.json", "openapi.yaml", "openapi.json"];

/// The manifest that `dir` means: itself if it is a file, else `tidegate.yaml` in it. Without
/// `dir`, the nearest one from the working directory up to the repository's root.
pub(crate) fn manifest(dir: Option<&Path>) -> Result<PathBuf, Failure> {
    let Some(dir) = dir else {
        let here = std::env::current_dir()?;
        return nearest(&here).ok_or_else(|| missing(&here));
    };
    let dir = std::path::absolute(dir)?;
    if dir.is_file() {
        return Ok(dir);
    }
    if !dir.exists() {
        let text = format!("{} does not exist", dir.display());
        return Err(Failure::usage(text).help("`tidegate init DIR` writes a small stack"));
    }
    let manifest = dir.join(MANIFEST);
    if manifest.is_file() { Ok(manifest) } else { Err(missing(&dir)) }
}

fn nearest(from: &Path) -> Option<PathBuf> {
    for folder in from.ancestors() {
        let manifest = folder.join(MANIFEST);
        if manifest.is_file() {
            return Some(manifest);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

fn missing(dir: &Path) -> Failure {
    let text = format!("no {MANIFEST} in {}", dir.display());
    match FOREIGN.iter().find(|name| dir.join(name).is_file()) {
        Some(name) => Failure::usage(format!("{text}; {name} is there, but is not read yet"))
            .help(format!("describe its functions and routes in a {MANIFEST}")),
        None => Failure::usage(text).help(
            "`tidegate init .` writes a small stack, `tidegate up DIR` serves another folder",
        ),
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
