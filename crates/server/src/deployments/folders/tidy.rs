//! What nothing refers to any more goes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{Folders, name_of, remove};
use crate::bundle::Listing;

impl Folders {
    /// Removes bundles and code that nothing refers to any more, and contents of no bundle.
    pub(crate) fn tidy(
        &self,
        bundles: &BTreeSet<String>,
        code: &BTreeSet<PathBuf>,
        coming: &[Listing],
    ) -> io::Result<()> {
        let coming_ids: BTreeSet<String> = coming.iter().map(Listing::id).collect();
        let mut pieces: BTreeSet<String> =
            coming.iter().flat_map(Listing::pieces).map(str::to_owned).collect();
        let mut is_known = true;
        for id in bundles {
            match self.find(id) {
                Ok(found) => pieces.extend(found.listing.pieces().into_iter().map(str::to_owned)),
                Err(_) => is_known = false,
            }
        }
        let keep_bundle = |path: &Path| {
            let name = name_of(path);
            bundles.contains(&*name) || coming_ids.contains(&*name)
        };
        let keep_code = |path: &Path| code.iter().any(|used| used.starts_with(path));
        let keep_piece = |path: &Path| pieces.contains(&*name_of(path));
        self.retain("code", keep_code)?;
        self.retain("bundles", keep_bundle)?;
        // What a damaged bundle needs is not known, and may be all that is left of it.
        if is_known { self.retain("pieces", keep_piece) } else { Ok(()) }
    }

    fn retain(&self, folder: &str, is_kept: impl Fn(&Path) -> bool) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join(folder))? {
            let path = entry?.path();
            if !is_kept(&path) {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{folders, sent};
    use super::*;
    use crate::bundle::digest_of;

    #[test]
    fn nothing_is_left_of_what_nothing_refers_to() {
        let (state, folders) = folders();
        let one = sent(&folders, &[("f/index.py", "same"), ("g/index.py", "old")]);
        let other = sent(&folders, &[("f/index.py", "same"), ("g/index.py", "new")]);
        let used = folders
            .place(&other, &other.folder.join("g"), &|_| true)
            .expect("placed")
            .expect("there");
        folders.place(&one, &one.folder.join("g"), &|_| true).expect("placed");
        let bundles = BTreeSet::from([other.listing.id()]);
        folders.tidy(&bundles, &BTreeSet::from([used.clone()]), &[]).expect("tidied");
        assert!(used.is_dir() && folders.find(&other.listing.id()).is_ok());
        assert!(folders.find(&one.listing.id()).is_err());
        assert_eq!(folders.missing(&one.listing), [digest_of(b"old")]);
        let coming = std::slice::from_ref(&one.listing);
        folders.keep_piece(b"old").expect("kept");
        folders.tidy(&BTreeSet::new(), &BTreeSet::new(), coming).expect("tidied");
        assert_eq!(folders.missing(&one.listing), [""; 0], "what comes is not taken away");
        folders.tidy(&BTreeSet::new(), &BTreeSet::new(), &[]).expect("tidied");
        for folder in ["pieces", "bundles", "code"] {
            let left = fs::read_dir(state.path().join("deployed").join(folder)).expect("there");
            assert_eq!(left.count(), 0, "{folder}");
        }
    }
}
