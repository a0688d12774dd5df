//! The servers that somebody logged in to, with their tokens: one file that its owner alone can read.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::exit::Failure;

/// Means the server of this machine wherever a server is named.
pub(crate) const LOCAL: &str = "local";

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Logins {
    /// The one that is meant when none is named.
    pub(crate) latest: Option<String>,
    pub(crate) servers: BTreeMap<String, Login>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// The admin URL.
    pub(crate) admin: String,
    /// `None` where nobody is asked for one.
    pub(crate) token: Option<String>,
}

impl Logins {
    pub(crate) fn read() -> Result<Self, Failure> {
        // Where nobody has a home, nobody logged in.
        let Ok(path) = file() else { return Ok(Self::default()) };
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::failed(format!("{}: {error}", path.display()))
                .help("remove it, and log in again")
        };
        match read(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| wrong(&error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(wrong(&error)),
        }
    }

    /// Replaces the file as a whole.
    pub(crate) fn write(&self) -> Result<PathBuf, Failure> {
        let path = file()?;
        let written = serde_json::to_vec_pretty(self)
            .map_err(io::Error::other)
            .and_then(|text| write(&path, &text));
        match written {
            Ok(()) => Ok(path),
            Err(error) => Err(Failure::failed(format!("{}: {error}", path.display()))),
        }
    }

    /// The server of this name, or says which there are.
    pub(crate) fn find(&self, name: &str) -> Result<&Login, Failure> {
        self.servers.get(name).ok_or_else(|| {
            let known: Vec<_> = self.servers.keys().map(|name| format!("`{name}`")).collect();
            let known = match known.is_empty() {
                true => "nobody logged in to a server yet".to_owned(),
                false => format!("there are {}", known.join(", ")),
            };
            Failure::usage(format!("no server is called `{name}`; {known}"))
                .help("`tidegate login URL --name NAME` adds one")
        })
    }
}

/// `tidegate/servers.json` in `$XDG_CONFIG_HOME` or `~/.config`.
fn file() -> Result<PathBuf, Failure> {
    let variable = |wanted: &str| std::env::vars_os().find(|(name, _)| name == wanted);
    let folder = variable("XDG_CONFIG_HOME").map(|(_, folder)| PathBuf::from(folder));
    let folder = folder.filter(|folder| folder.is_absolute());
    let home = || Some(PathBuf::from(variable("HOME")?.1).join(".config"));
    let folder = folder.or_else(home).ok_or_else(|| {
        Failure::usage("there is no home folder to keep logins in")
            .help("name the server with --admin URL, and its token in TIDEGATE_TOKEN")
    })?;
    Ok(folder.join("tidegate/servers.json"))
}

/// A file that others may read is refused: it holds tokens.
fn read(path: &Path) -> io::Result<String> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let text = format!("others may read it (mode {mode:03o}); take that away with chmod 600");
        return Err(io::Error::new(ErrorKind::PermissionDenied, text));
    }
    fs::read_to_string(path)
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let fresh = path.with_extension("new");
    let _ = fs::remove_file(&fresh);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_may_read_it() {
        let folder = std::env::temp_dir().join(format!("tidegate-logins-{}", std::process::id()));
        let path = folder.join("below/servers.json");
        write(&path, b"{}").unwrap();
        write(&path, b"[]").unwrap();
        assert_eq!(read(&path).unwrap(), "[]");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("chmod 600"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn who_is_not_known_is_told_who_is() {
        let login = || Login { admin: "http://127.0.0.1:4567".to_owned(), token: None };
        let servers = BTreeMap::from([("a".to_owned(), login()), ("b".to_owned(), login())]);
        let logins = Logins { latest: None, servers };
        assert!(logins.find("a").is_ok());
        let text = format!("{:?}", logins.find("c").err().unwrap());
        assert!(text.contains("`c`; there are `a`, `b`"), "{text}");
    }
}
