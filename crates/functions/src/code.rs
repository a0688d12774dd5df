//! Finds a function's code and gives it a place to run from: a folder where it lies, an archive and
//! merged layers in folders named after their content.

mod archive;
mod chosen;
pub(crate) mod digest;
mod inline;
pub(crate) mod layers;
pub(crate) mod pack;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{FilePatterns, FunctionCode};

use crate::artifacts::{self, Artifacts, Held};

use chosen::Chosen;

pub use archive::ArchiveLimits;
pub use digest::Digests;

/// Code that is ready to be shown to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    pub folder: PathBuf,
    /// Of everything in it that matters; the same content has the same digest.
    pub digest: String,
    /// What of it lies in the state folder.
    pub kept: Vec<Held>,
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
    artifacts: Arc<Artifacts>,
    folder: PathBuf,
    limits: ArchiveLimits,
    digests: Digests,
}

impl Stage {
    /// The state folder should have no settings files such as `.env` in or above it: some libraries search
    /// upwards from the code they are called by.
    pub fn new(artifacts: Arc<Artifacts>, limits: ArchiveLimits) -> Self {
        let folder = artifacts.folder("stage");
        Self { artifacts, folder, limits, digests: Digests::default() }
    }

    /// A folder is used in place; a `.zip`, which a `.jar` is, too, is unpacked once per content.
    pub fn stage(&self, code: &Path) -> Result<Staged, StageError> {
        let metadata = fs::metadata(code).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StageError::Missing { path: code.to_owned() },
            _ => StageError::io(code)(error),
        })?;
        if metadata.is_dir() {
            let folder = fs::canonicalize(code).map_err(StageError::io(code))?;
            let kept = self.artifacts.of(&folder).map(|it| self.artifacts.hold(it));
            let digest = self.digests.of_folder(&folder).map_err(StageError::io(code))?;
            return Ok(Staged { folder, digest, kept: Vec::from_iter(kept) });
        }
        let is_archive = code.extension().is_some_and(|extension| {
            ["zip", "jar"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        });
        if !metadata.is_file() || !is_archive {
            return Err(StageError::Kind { path: code.to_owned() });
        }
        let digest = self.digests.of_file(code).map_err(StageError::io(code))?;
        let kept =
            self.once(&["zip", &digest], |into| archive::extract(code, into, self.limits))?;
        Ok(Staged { folder: kept.path().to_owned(), digest, kept: vec![kept] })
    }

    /// Code as a function names it; what is inline becomes a folder, once per content.
    pub fn code(&self, code: &FunctionCode) -> Result<Staged, StageError> {
        let code = match code {
            FunctionCode::At(path) => return self.stage(path),
            FunctionCode::Inline(code) => code,
        };
        let digest = inline::digest(code);
        let kept = self.once(&["inline", &digest], |into| inline::write(code, into))?;
        Ok(Staged { folder: kept.path().to_owned(), digest, kept: vec![kept] })
    }

    /// A folder that nobody changes with those files of `folder` that the patterns take in.
    pub(crate) fn chosen(
        &self,
        folder: &Path,
        patterns: &FilePatterns,
    ) -> Result<Staged, StageError> {
        let chosen = Chosen::of(folder, patterns).map_err(StageError::io(folder))?;
        let counts = |path: &Path| chosen.has(path);
        let digest = self.digests.of_folder_where(folder, &counts);
        let digest = digest.map_err(StageError::io(folder))?;
        let kept = self.once(&["files", &digest], |into| {
            layers::copy(folder, into, &counts).map_err(StageError::io(folder))
        })?;
        Ok(Staged { folder: kept.path().to_owned(), digest, kept: vec![kept] })
    }

    /// Merges layers in order, later over earlier; `None` when there are none, the one itself when it is
    /// alone.
    pub fn layers(&self, layers: &[PathBuf]) -> Result<Option<Staged>, StageError> {
        let staged = layers.iter().map(|layer| self.stage(layer)).collect::<Result<Vec<_>, _>>()?;
        if staged.len() <= 1 {
            return Ok(staged.into_iter().next());
        }
        let digest = digest::of_texts(staged.iter().map(|layer| layer.digest.as_str()));
        let merged = self.once(&["layers", &digest], |into| {
            staged.iter().try_for_each(|layer| layers::merge(&layer.folder, into))
        })?;
        let folder = merged.path().to_owned();
        // What was merged is not merged again for as long as it lies there.
        let kept = staged.into_iter().flat_map(|layer| layer.kept).chain([merged]).collect();
        Ok(Some(Staged { folder, digest, kept }))
    }

    /// A folder that nobody changes with what is in `folder` now, but for what never makes a different function.
    pub(crate) fn freeze(&self, folder: &Path) -> Result<Held, StageError> {
        // What lies below the state folder is named after its content and never changes.
        if let Some(artifact) = self.artifacts.of(folder) {
            return Ok(self.artifacts.hold(artifact));
        }
        let digest = Digests::default().of_folder(folder).map_err(StageError::io(folder))?;
        self.once(&["frozen", &digest], |into| layers::merge(folder, into))
    }

    fn once(
        &self,
        name: &[&str; 2],
        fill: impl FnOnce(&Path) -> Result<(), StageError>,
    ) -> Result<Held, StageError> {
        let held = self.artifacts.hold(self.folder.join(name[0]).join(name[1]));
        once(held.path(), fill)?;
        Ok(held)
    }
}

/// Fills `folder` unless it is there already. It appears whole or not at all, also when several do this at
/// once or one is killed on the way.
fn once(
    folder: &Path,
    fill: impl FnOnce(&Path) -> Result<(), StageError>,
) -> Result<(), StageError> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(StageError::io(parent))?;
    let partial = artifacts::partial(folder);
    fs::create_dir(&partial).map_err(StageError::io(&partial))?;
    let outcome = fill(&partial).and_then(|()| match fs::rename(&partial, folder) {
        // Somebody else was first, with the same content.
        Err(_) if folder.is_dir() => Ok(()),
        outcome => outcome.map_err(StageError::io(folder)),
    });
    // What was renamed is not here any more.
    let _ = fs::remove_dir_all(&partial);
    outcome
}

#[cfg(test)]
mod tests;
