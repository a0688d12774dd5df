//! Finds the manifest of a stack, its state folder, and the server that runs it.

use std::path::{Path, PathBuf};

use http::Uri;
use server::Addresses;
use stack::NotFound;

use crate::exit::Failure;
use crate::logins::{LOCAL, Logins};
use crate::{arguments, client, output};

pub(crate) use stack::MANIFEST;
const STATE: &str = ".tidegate";

/// What describes the stack that `dir` means: itself if it is a file, else what is in it. Without `dir`,
/// the nearest one from the working directory up to the repository's root.
pub(crate) fn manifest(dir: Option<&Path>) -> Result<PathBuf, Failure> {
    found_manifest(dir, None)
}

/// The same for a command that needs no manifest of its own: where there is none, `way_out` says what
/// to name in its place.
pub(crate) fn manifest_or(dir: Option<&Path>, way_out: &str) -> Result<PathBuf, Failure> {
    found_manifest(dir, Some(way_out))
}

fn found_manifest(dir: Option<&Path>, way_out: Option<&str>) -> Result<PathBuf, Failure> {
    let not_found = |missing: NotFound| match (way_out, &missing) {
        (Some(way_out), NotFound::Nothing { .. }) => {
            Failure::usage(missing.to_string()).help(way_out)
        }
        _ => Failure::usage(missing.to_string()).help(missing.help()),
    };
    let Some(dir) = dir else {
        let here = std::env::current_dir()?;
        return stack::find(&here).map_err(not_found);
    };
    let dir = std::path::absolute(dir)?;
    if dir.is_file() {
        return Ok(dir);
    }
    if !dir.exists() {
        let help = way_out.unwrap_or("`tidegate init DIR` writes a small stack");
        return Err(Failure::usage(format!("{} does not exist", dir.display())).help(help));
    }
    stack::in_folder(&dir).map_err(not_found)
}

/// The state folder of a manifest unless one was given.
pub(crate) fn state(given: Option<&Path>, manifest: &Path) -> Result<PathBuf, Failure> {
    match given {
        Some(dir) => Ok(std::path::absolute(dir)?),
        None => Ok(manifest.parent().unwrap_or(Path::new("/")).join(STATE)),
    }
}

/// What to name where a folder says nothing of a server.
const SERVER: &str = "name the stack's folder with --dir DIR, the server's state folder with --state DIR, or \
                      the server with --server NAME or --admin URL";

/// The running server that the arguments mean.
pub(crate) fn server(wanted: &arguments::Server) -> Result<Located, Failure> {
    match meant(wanted)? {
        Meant::Running(located) => Ok(located),
        Meant::Stopped(state) => Err(stopped(&state, "tidegate up")),
    }
}

/// The folder's own server while it runs, else the one logged in to last, unless the arguments name one.
pub(crate) fn meant(wanted: &arguments::Server) -> Result<Meant, Failure> {
    let is_local = match wanted.server.as_deref() {
        Some(LOCAL) => true,
        Some(name) => return Ok(Meant::Running(known(&Logins::read()?, name)?)),
        None => false,
    };
    if let Some(admin) = &wanted.admin {
        return Ok(Meant::Running(Located::Admin(admin_url(admin)?)));
    }
    let own = match (&wanted.state, &wanted.dir) {
        (Some(state), None) => Ok(std::path::absolute(state)?),
        (given, dir) => {
            let manifest = manifest_or(dir.as_deref(), SERVER);
            manifest.and_then(|manifest| state(given.as_deref(), &manifest))
        }
    };
    if let Ok(own) = &own
        && let Some(addresses) = server::running(own)?
    {
        return Ok(Meant::Running(found(own, addresses)));
    }
    let is_named = wanted.state.is_some() || (wanted.dir.is_some() && own.is_err());
    match is_named {
        true => own.map(Meant::Stopped),
        false if is_local => of_this_machine(own),
        false => logged_in(own),
    }
}

/// The server of this machine that holds many stacks; `own` is what the folder says.
fn of_this_machine(own: Result<PathBuf, Failure>) -> Result<Meant, Failure> {
    let state = daemon_state(None)?;
    match server::running(&state)? {
        Some(addresses) => Ok(Meant::Running(found(&state, addresses))),
        None => Ok(Meant::Stopped(own.unwrap_or(state))),
    }
}

/// The server logged in to last; `own` is what the folder says.
fn logged_in(own: Result<PathBuf, Failure>) -> Result<Meant, Failure> {
    let logins = Logins::read()?;
    let Some(name) = &logins.latest else { return own.map(Meant::Stopped) };
    let located = known(&logins, name)?;
    if let Ok(own) = own {
        // Whoever is in a stack's folder may have thought of that stack alone.
        let (own, admin) = (own.display(), located.admin());
        let said = format!("note: no server is running on {own}; this is {name}, {admin}");
        output::note_line(said);
    }
    Ok(Meant::Running(located))
}

/// `starts` is the command that starts one.
pub(crate) fn stopped(state: &Path, starts: &str) -> Failure {
    Failure::failed(format!("no server is running on {}", state.display()))
        .help(format!("start one with `{starts}`, or name one with --server NAME or --admin URL"))
}

/// The server that stacks are deployed to.
pub(crate) fn daemon(wanted: &arguments::Daemon) -> Result<Located, Failure> {
    if let Some(name) = wanted.server.as_ref().filter(|name| *name != LOCAL) {
        return known(&Logins::read()?, name);
    }
    if let Some(admin) = &wanted.admin {
        return Ok(Located::Admin(admin_url(admin)?));
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
        None => Err(stopped(&state, "tidegate serve")),
    }
}

/// An admin URL as somebody gave it, without a slash at its end. The token goes there as it is, so that a URL
/// which promises encryption is refused.
pub(crate) fn admin_url(url: &str) -> Result<String, Failure> {
    let wrong = |text: &str| Failure::usage(format!("`{url}` {text}"));
    let no_url = || wrong("is not a URL").help("it looks like http://127.0.0.1:4567");
    let parsed: Uri = url.parse().map_err(|_| no_url())?;
    match parsed.scheme_str() {
        Some("http") if parsed.host().is_some() => Ok(url.trim_end_matches('/').to_owned()),
        Some("https") => {
            Err(wrong("is not where an admin port answers: it speaks HTTP, on its own machine")
                .help("lead a port of this machine to it: ssh -N -L 4567:127.0.0.1:4567 HOST"))
        }
        _ => Err(no_url()),
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

/// What the arguments of a command lead to.
pub(crate) enum Meant {
    Running(Located),
    /// No server runs on this state folder.
    Stopped(PathBuf),
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
