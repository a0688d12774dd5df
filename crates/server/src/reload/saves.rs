//! Saves in a folder, for a program that follows one without a server of its own.

use std::path::{Path, PathBuf};

use super::fingerprint::below;
use super::watch::Watch;
use crate::trouble::Trouble;

/// Hears of saves below a folder from the beginning on; what tools make again is no source.
pub struct Saves {
    folder: PathBuf,
    watch: Watch,
}

impl Saves {
    pub fn below(folder: &Path) -> Result<Self, Trouble> {
        let watch = Watch::new().map_err(|error| Trouble::from(error.to_string()))?;
        let mut saves = Self { folder: folder.to_owned(), watch };
        saves.cover()?;
        Ok(saves)
    }

    /// Completes once something was written since this completed last, and the burst is over. Inside a runtime.
    pub async fn next(&mut self) -> Result<(), Trouble> {
        self.watch.written().await;
        // Before anybody reads, so that a save in a new folder is not lost.
        self.cover()
    }

    fn cover(&mut self) -> Result<(), Trouble> {
        let refused = self.watch.cover(below(&self.folder));
        // One that is gone again is of no interest.
        match refused.into_iter().find(|folder| !folder.is_gone) {
            Some(folder) => Err(Trouble::from(folder.reason)),
            None => Ok(()),
        }
    }
}
