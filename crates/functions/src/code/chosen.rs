//! The files of a folder that patterns take in.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::FilePatterns;

use super::digest::is_ignored;

/// Those files, and the folders on the way to them, relative to the folder.
#[derive(Debug, Default)]
pub(super) struct Chosen(BTreeSet<PathBuf>);

impl Chosen {
    /// What never makes a different function is not among them. A link counts as the file it is.
    pub(super) fn of(folder: &Path, patterns: &FilePatterns) -> io::Result<Self> {
        let mut chosen = Self::default();
        chosen.add(folder, Path::new(""), patterns)?;
        Ok(chosen)
    }

    pub(super) fn has(&self, path: &Path) -> bool {
        self.0.contains(path)
    }

    fn add(&mut self, root: &Path, below: &Path, patterns: &FilePatterns) -> io::Result<()> {
        for entry in fs::read_dir(root.join(below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if is_ignored(&path) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.add(root, &path, patterns)?;
            } else if patterns.includes(&path) {
                let way = path.ancestors().filter(|part| !part.as_os_str().is_empty());
                self.0.extend(way.map(Path::to_owned));
            }
        }
        Ok(())
    }
}
