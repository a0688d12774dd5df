//! Finds a function's code and gives it a place to run from: a folder where it lies, an archive and
//! merged layers in folders named after their content.

mod archive;
pub(crate) mod digest;
mod inline;
pub(crate) mod layers;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::FunctionCode;

pub use archive::ArchiveLimits;
pub use digest::Digests;

/// Code that is ready to be shown to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    pub folder: PathBuf,
    /// Of everything in it that matters; the same content has the same digest.
    pub digest: String,
}

/// Why code cannot be staged.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    #[error("`{path}` does not exist; create it or correct `code`")]
    Missing { path: PathBuf },
    #[error("`{path}` is neither a folder nor a `.zip` or `.jar`")]
    Kind { path: PathBuf },
    #[error("`{path}`: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("`{archive}` is not a readable zip: {reason}")]
    Archive { archive: PathBuf, reason: String },
    #[error("`{archive}` is refused: its entry `{entry}` {reason}")]
    Entry { archive: PathBuf, entry: String, reason: &'static str },
    #[error("`{archive}` is refused: {what} is more than the {max} allowed")]
    TooLarge { archive: PathBuf, what: String, max: u64 },
}

impl StageError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Where archives and layers are unpacked.
#[derive(Debug)]
pub struct Stage {
    folder: PathBuf,
    limits: ArchiveLimits,
    digests: Digests,
}

impl Stage {
    /// `folder` should have no settings files such as `.env` beside or above it: some libraries search
    /// upwards from the code they are called by.
    pub fn new(folder: impl Into<PathBuf>, limits: ArchiveLimits) -> Self {
        Self { folder: folder.into(), limits, digests: Digests::default() }
    }

    /// A folder is used in place; a `.zip`, which a `.jar` is, too, is unpacked once per content.
    pub fn stage(&self, code: &Path) -> Result<Staged, StageError> {
        let metadata = fs::metadata(code).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StageError::Missing { path: code.to_owned() },
            _ => StageError::io(code)(error),
        })?;
        if metadata.is_dir() {
            let folder = fs::canonicalize(code).map_err(StageError::io(code))?;
            let digest = self.digests.of_folder(&folder).map_err(StageError::io(code))?;
            return Ok(Staged { folder, digest });
        }
        let is_archive = code.extension().is_some_and(|extension| {
            ["zip", "jar"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        });
        if !metadata.is_file() || !is_archive {
            return Err(StageError::Kind { path: code.to_owned() });
        }
        let digest = self.digests.of_file(code).map_err(StageError::io(code))?;
        let folder = self.folder.join("zip").join(&digest);
        once(&folder, |into| archive::extract(code, into, self.limits))?;
        Ok(Staged { folder, digest })
    }

    /// Code as a function names it; what is inline becomes a folder, once per content.
    pub fn code(&self, code: &FunctionCode) -> Result<Staged, StageError> {
        let code = match code {
            FunctionCode::At(path) => return self.stage(path),
            FunctionCode::Inline(code) => code,
        };
        let digest = inline::digest(code);
        let folder = self.folder.join("inline").join(&digest);
        once(&folder, |into| inline::write(code, into))?;
        Ok(Staged { folder, digest })
    }

    /// Merges layers in order, later over earlier; `None` when there are none, the one itself when it is
    /// alone.
    pub fn layers(&self, layers: &[PathBuf]) -> Result<Option<Staged>, StageError> {
        let staged = layers.iter().map(|layer| self.stage(layer)).collect::<Result<Vec<_>, _>>()?;
        if staged.len() <= 1 {
            return Ok(staged.into_iter().next());
        }
        let digest = digest::of_texts(staged.iter().map(|layer| layer.digest.as_str()));
        let folder = self.folder.join("layers").join(&digest);
        once(&folder, |into| {
            staged.iter().try_for_each(|layer| layers::merge(&layer.folder, into))
        })?;
        Ok(Some(Staged { folder, digest }))
    }
}

/// All of a folder but what never makes a different function.
pub(crate) fn copy_frozen(from: &Path, into: &Path) -> Result<(), StageError> {
    layers::merge(from, into)
}

/// Fills `folder` unless it is there already. It appears whole or not at all, also when several do this at
/// once or one is killed on the way.
pub(crate) fn once<E: From<StageError>>(
    folder: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(StageError::io(parent))?;
    let partial = parent.join(format!(".partial-{:016x}", fastrand::u64(..)));
    fs::create_dir(&partial).map_err(StageError::io(&partial))?;
    let outcome = fill(&partial).and_then(|()| match fs::rename(&partial, folder) {
        // Somebody else was first, with the same content.
        Err(_) if folder.is_dir() => Ok(()),
        outcome => outcome.map_err(StageError::io(folder)).map_err(E::from),
    });
    // What was renamed is not here any more.
    let _ = fs::remove_dir_all(&partial);
    outcome
}

#[cfg(test)]
mod tests;
