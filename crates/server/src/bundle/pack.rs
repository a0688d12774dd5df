//! Makes the listing of a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::path::stays_inside;
use super::{Entry, Listing, digest_of};
use crate::reload::is_made_by_tools;

/// A listing, and where its contents are.
#[derive(Debug, Default)]
pub struct Packed {
    pub listing: Listing,
    /// A file with each content, by digest.
    pub contents: BTreeMap<String, PathBuf>,
}

/// Why a folder cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum PackProblem {
    #[error("{}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{}: its name is not UTF-8", .0.display())]
    Name(PathBuf),
    #[error("{} is a link to {}, which leads out of the folder", path.display(), to.display())]
    Link { path: PathBuf, to: PathBuf },
}

/// Packs everything in `folder` but what tools make there again, and `left_out`, which are absolute.
pub fn pack(folder: &Path, left_out: &BTreeSet<PathBuf>) -> Result<Packed, PackProblem> {
    let mut packed = Packed::default();
    let mut walk = Walk { left_out, packed: &mut packed };
    walk.folder(folder, "")?;
    Ok(packed)
}

struct Walk<'a> {
    left_out: &'a BTreeSet<PathBuf>,
    packed: &'a mut Packed,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), PackProblem> {
        let unreadable = |error| PackProblem::Unreadable { path: folder.to_owned(), error };
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            if is_made_by_tools(&path) || self.left_out.contains(&path) {
                continue;
            }
            let name = entry.file_name().into_string();
            let name = name.map_err(|_| PackProblem::Name(path.clone()))?;
            self.entry(&path, format!("{prefix}{name}"))?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: String) -> Result<(), PackProblem> {
        let unreadable = |error| PackProblem::Unreadable { path: path.to_owned(), error };
        let metadata = std::fs::symlink_metadata(path).map_err(unreadable)?;
        if metadata.is_dir() {
            return self.folder(path, &format!("{name}/"));
        }
        if metadata.is_symlink() {
            let to = std::fs::read_link(path).map_err(unreadable)?;
            let inside = to.to_str().filter(|text| stays_inside(&name, text)).map(str::to_owned);
            let outside = || PackProblem::Link { path: path.to_owned(), to: to.clone() };
            let to = inside.ok_or_else(outside)?;
            self.packed.listing.files.insert(name, Entry::Link { to });
            return Ok(());
        }
        // Sockets and pipes are never code.
        if !metadata.is_file() {
            return Ok(());
        }
        let content = std::fs::read(path).map_err(unreadable)?;
        let digest = digest_of(&content);
        let executable = metadata.permissions().mode() & 0o111 != 0;
        let entry = Entry::File { digest: digest.clone(), bytes: content.len() as u64, executable };
        self.packed.listing.files.insert(name, entry);
        self.packed.contents.entry(digest).or_insert_with(|| path.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn written(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, "text").expect("written");
        }
        folder
    }

    fn names(folder: &Path, left_out: &BTreeSet<PathBuf>) -> Vec<String> {
        let packed = pack(folder, left_out).expect("packed");
        packed.listing.files.into_keys().collect()
    }

    #[test]
    fn what_tools_make_is_left_out() {
        let folder = written(&[
            "tidegate.yaml",
            "a/index.py",
            "a/__pycache__/index.pyc",
            ".git/HEAD",
            ".tidegate/store.db",
            "a/node_modules/x/index.js",
            "b/node_modules/x/index.js",
            "target/CACHEDIR.TAG",
            "target/debug/x",
        ]);
        let left_out = BTreeSet::from([folder.path().join("a/node_modules")]);
        let expected = ["a/index.py", "b/node_modules/x/index.js", "tidegate.yaml"];
        assert_eq!(names(folder.path(), &left_out), expected);
    }

    #[test]
    fn the_same_folder_has_the_same_listing_anywhere() {
        let files = ["b/x.py", "a.py", "a/y.py"];
        let (one, other) = (written(&files), written(&["a/y.py", "b/x.py", "a.py"]));
        let listing = |folder: &tempfile::TempDir| {
            pack(folder.path(), &BTreeSet::new()).expect("packed").listing
        };
        assert_eq!(listing(&one).id(), listing(&other).id());
        let program = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(other.path().join("a.py"), program).expect("set");
        assert_ne!(listing(&one).id(), listing(&other).id(), "a program is not a text");
    }

    #[test]
    fn links_go_along_and_never_out() {
        let folder = written(&["a/x.py"]);
        symlink("../a/x.py", folder.path().join("a/inside")).expect("linked");
        assert_eq!(names(folder.path(), &BTreeSet::new()), ["a/inside", "a/x.py"]);
        symlink("/etc/passwd", folder.path().join("a/outside")).expect("linked");
        let refused = pack(folder.path(), &BTreeSet::new());
        assert!(matches!(refused, Err(PackProblem::Link { .. })), "{refused:?}");
    }
}
