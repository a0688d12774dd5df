//! What paused keys stand for, kept beside the file of counts: a pause that outlives its process is found
//! by the name of its caller, who may not come back before it ends.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::names;
use crate::{Ask, Key, Name};

#[derive(Debug, Default)]
pub(super) struct PauseNames {
    /// Nothing outlives the process without one.
    path: Option<PathBuf>,
    known: Mutex<Vec<PauseName>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PauseName {
    pub(super) key: Key,
    /// The limit, whatever its rule, and the policy: their identities.
    pub(super) limit: u64,
    pub(super) policy: u64,
    pub(super) name: Name,
}

impl PauseNames {
    /// Those of the counts at `path`.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = path.with_extension("paused");
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        // A line that is none names nobody; the pause itself is among the counts.
        let known = String::from_utf8_lossy(&text).lines().filter_map(PauseName::parse).collect();
        Ok(Self { path: Some(path), known: Mutex::new(known) })
    }

    pub(super) fn all(&self) -> Vec<PauseName> {
        self.locked().clone()
    }

    /// Keeps the name of what is asked, beside those of keys that are still paused.
    pub(super) fn keep(&self, ask: &Ask<'_>, is_paused: impl Fn(Key) -> bool) -> io::Result<()> {
        let fresh = names::of(ask).map(|name| PauseName {
            key: ask.key,
            limit: ask.policy.parts().limit,
            policy: ask.policy.identity(),
            name,
        });
        self.replace(|known| known.key != ask.key && is_paused(known.key), fresh)
    }

    pub(super) fn forget(&self, key: Key) -> io::Result<()> {
        self.replace(|known| known.key != key, None)
    }

    fn replace(
        &self,
        stays: impl Fn(&PauseName) -> bool,
        fresh: Option<PauseName>,
    ) -> io::Result<()> {
        let mut known = self.locked();
        let after: Vec<_> =
            known.iter().filter(|known| stays(known)).cloned().chain(fresh).collect();
        if *known == after {
            return Ok(());
        }
        *known = after;
        self.path.as_deref().map_or(Ok(()), |path| write(path, &known))
    }

    fn locked(&self) -> MutexGuard<'_, Vec<PauseName>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PauseName {
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (key, rest) = line.split_once(' ')?;
        let (limit, rest) = rest.split_once(' ')?;
        let (policy, rest) = rest.split_once(' ')?;
        let (hundredth, text) = rest.split_once(' ')?;
        let hash = |text| u64::from_str_radix(text, 16).ok();
        let name = Name { text: text.into(), hundredth: hundredth.parse().ok() };
        Some(Self { key: Key(hash(key)?), limit: hash(limit)?, policy: hash(policy)?, name })
    }
}

/// The file is whole at any time. It says who called, which is nobody else's business.
fn write(path: &Path, known: &[PauseName]) -> io::Result<()> {
    let mut text = String::new();
    for PauseName { key, limit, policy, name } in known {
        let hundredth = name.hundredth.map_or_else(|| "-".to_owned(), |it| it.to_string());
        let name = name.text.replace(char::is_control, " ");
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:016x} {limit:016x} {policy:016x} {hundredth} {name}", key.0);
    }
    let fresh = path.with_extension("paused-new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}
