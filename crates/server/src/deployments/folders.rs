//! The sources of deployments as files: contents by digest, and bundles as they were sent.

mod made;
mod placed;
mod tidy;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::bundle::{Entry, Listing, digest_of};

/// The part of the state folder that holds them.
#[derive(Debug, Clone)]
pub(crate) struct Folders {
    root: PathBuf,
}

/// A bundle that is there as a folder.
#[derive(Debug)]
pub(crate) struct Unpacked {
    pub(crate) folder: PathBuf,
    pub(crate) listing: Listing,
}

impl Folders {
    pub(crate) fn open(state: &Path) -> io::Result<Self> {
        let root = state.join("deployed");
        for folder in ["pieces", "bundles", "code"] {
            fs::create_dir_all(root.join(folder))?;
        }
        let folders = Self { root };
        folders.forget_partial()?;
        Ok(folders)
    }

    /// What a kill left behind.
    fn forget_partial(&self) -> io::Result<()> {
        for folder in ["pieces", "bundles", "code"] {
            for entry in fs::read_dir(self.root.join(folder))? {
                let path = entry?.path();
                if name_of(&path).starts_with(PARTIAL) {
                    remove(&path)?;
                }
            }
        }
        Ok(())
    }

    fn piece(&self, digest: &str) -> PathBuf {
        self.root.join("pieces").join(digest)
    }

    fn bundle(&self, id: &str) -> PathBuf {
        self.root.join("bundles").join(id)
    }

    /// The contents of `listing` that have yet to be sent.
    pub(crate) fn missing<'a>(&self, listing: &'a Listing) -> Vec<&'a str> {
        listing.pieces().into_iter().filter(|digest| !self.piece(digest).is_file()).collect()
    }

    /// Keeps a content under its digest.
    pub(crate) fn keep_piece(&self, content: &[u8]) -> io::Result<()> {
        let kept = self.piece(&digest_of(content));
        if kept.is_file() {
            return Ok(());
        }
        let partial = self.root.join("pieces").join(partial());
        fs::write(&partial, content)?;
        fs::rename(partial, kept)
    }

    /// Makes a bundle's folder unless it is there, and gives its id. Everything it needs was sent before.
    pub(crate) fn unpack(&self, listing: &Listing) -> io::Result<String> {
        let id = listing.id();
        once(&self.bundle(&id), |into| {
            fs::create_dir(into.join("source"))?;
            self.fill(&into.join("source"), listing)?;
            fs::write(into.join("listing.json"), serde_json::to_vec(listing)?)
        })?;
        Ok(id)
    }

    /// Whether a source is what was sent, as far as its description goes: what that leads to is checked on
    /// its own way.
    pub(crate) fn check(&self, from: &Unpacked, source: &str) -> io::Result<()> {
        let Some(Entry::File { digest, .. }) = from.listing.files.get(source) else {
            return Ok(());
        };
        let found = digest_of(&fs::read(from.folder.join(source))?);
        if found == *digest { Ok(()) } else { Err(damaged(source)) }
    }

    /// So that it is made again of what is sent.
    pub(crate) fn forget_bundle(&self, id: &str) -> io::Result<()> {
        match remove(&self.bundle(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// A content as it was sent; one that is something else by now is forgotten.
    pub(crate) fn content(&self, digest: &str) -> io::Result<Vec<u8>> {
        let path = self.piece(digest);
        let content = fs::read(&path)?;
        if digest_of(&content) == digest {
            return Ok(content);
        }
        fs::remove_file(&path)?;
        Err(damaged(digest))
    }

    fn fill(&self, folder: &Path, listing: &Listing) -> io::Result<()> {
        listing.unpack(folder, |digest| self.content(digest))
    }

    pub(crate) fn find(&self, id: &str) -> io::Result<Unpacked> {
        let bundle = self.bundle(id);
        let listing = serde_json::from_slice(&fs::read(bundle.join("listing.json"))?)?;
        Ok(Unpacked { folder: bundle.join("source"), listing })
    }

    /// Everything that was written is on the disk when this returns.
    pub(crate) fn sync(&self) -> io::Result<()> {
        rustix::fs::syncfs(File::open(&self.root)?).map_err(io::Error::from)
    }
}

const PARTIAL: &str = ".partial-";

fn partial() -> String {
    format!("{PARTIAL}{:016x}", fastrand::u64(..))
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("`{what}` is not what was sent"))
}

fn name_of(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

fn remove(path: &Path) -> io::Result<()> {
    let is_folder = fs::symlink_metadata(path)?.is_dir();
    if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// Fills a folder unless it is there already. It appears whole or not at all.
fn once(folder: &Path, fill: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let partial = folder.parent().unwrap_or(folder).join(partial());
    fs::create_dir(&partial)?;
    let filled = fill(&partial).and_then(|()| fs::rename(&partial, folder));
    if filled.is_err() {
        let _ = fs::remove_dir_all(&partial);
    }
    filled
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::bundle::{Packed, pack};

    pub(in crate::deployments) fn folders() -> (tempfile::TempDir, Folders) {
        let state = tempfile::tempdir().expect("a folder");
        let folders = Folders::open(state.path()).expect("opened");
        (state, folders)
    }

    pub(in crate::deployments) fn packed(files: &[(&str, &str)]) -> Packed {
        let source = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = source.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        let mut packed = pack(source.path(), &BTreeSet::new()).expect("packed");
        packed.contents.clear();
        packed
    }

    pub(in crate::deployments) fn sent(folders: &Folders, files: &[(&str, &str)]) -> Unpacked {
        for (_, text) in files {
            folders.keep_piece(text.as_bytes()).expect("kept");
        }
        let id = folders.unpack(&packed(files).listing).expect("unpacked");
        folders.find(&id).expect("there")
    }

    #[test]
    fn only_what_is_missing_is_asked_for() {
        let (_state, folders) = folders();
        let packed = packed(&[("a", "one"), ("b", "two")]);
        folders.keep_piece(b"one").expect("kept");
        assert_eq!(folders.missing(&packed.listing), [digest_of(b"two")]);
        assert!(folders.unpack(&packed.listing).is_err(), "it lacks a content");
        folders.keep_piece(b"two").expect("kept");
        assert_eq!(folders.missing(&packed.listing), [""; 0]);
        let id = folders.unpack(&packed.listing).expect("unpacked");
        let unpacked = folders.find(&id).expect("there");
        assert_eq!(unpacked.listing, packed.listing);
        assert_eq!(fs::read_to_string(unpacked.folder.join("b")).expect("read"), "two");
    }
}
