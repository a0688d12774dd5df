//! Names beside a bundle what was made of it: builds and staged code, elsewhere in the state folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{Folders, partial};

impl Folders {
    /// Adds to what was made of a bundle before, with other values for its parameters or by another interpreter.
    pub(crate) fn note_made(&self, bundle: &str, made: &BTreeSet<PathBuf>) -> io::Result<()> {
        let before = self.made(bundle)?;
        if made.is_subset(&before) {
            return Ok(());
        }
        let inside = |path: &PathBuf| path.strip_prefix(self.state()).ok().map(Path::to_owned);
        let all: BTreeSet<PathBuf> = before.iter().chain(made).filter_map(inside).collect();
        let partial = self.bundle(bundle).join(partial());
        fs::write(&partial, serde_json::to_vec(&all)?)?;
        fs::rename(partial, self.made_file(bundle))
    }

    /// What was made of a bundle: nothing of one that is damaged, since everything can be made again.
    pub(crate) fn made(&self, bundle: &str) -> io::Result<BTreeSet<PathBuf>> {
        let text = match fs::read(self.made_file(bundle)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            text => text?,
        };
        let all: BTreeSet<PathBuf> = serde_json::from_slice(&text).unwrap_or_default();
        Ok(all.into_iter().map(|path| self.state().join(path)).collect())
    }

    fn made_file(&self, bundle: &str) -> PathBuf {
        self.bundle(bundle).join("made.json")
    }

    fn state(&self) -> &Path {
        self.root.parent().unwrap_or(&self.root)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{folders, sent};
    use super::*;

    #[test]
    fn what_was_made_of_a_bundle_is_named_beside_it() {
        let (state, folders) = folders();
        let id = sent(&folders, &[("f/index.py", "same")]).listing.id();
        let path = |name: &str| state.path().join(name);
        assert_eq!(folders.made(&id).expect("looked"), BTreeSet::new());
        let one = BTreeSet::from([path("build/python/one")]);
        folders.note_made(&id, &one).expect("noted");
        folders.note_made(&id, &one).expect("noted");
        assert_eq!(folders.made(&id).expect("read"), one);
        folders.note_made(&id, &BTreeSet::from([path("code/other.zip")])).expect("noted");
        let both = BTreeSet::from([path("build/python/one"), path("code/other.zip")]);
        assert_eq!(folders.made(&id).expect("read"), both);
        folders.forget_bundle(&id).expect("forgotten");
        assert_eq!(folders.made(&id).expect("looked"), BTreeSet::new());
    }
}
