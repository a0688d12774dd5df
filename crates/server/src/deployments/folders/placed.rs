//! Where code runs: each function and process in a folder that is named after what is in it, so that what did
//! not change stays where it runs.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{Folders, Unpacked, once};
use crate::bundle::Entry;

impl Folders {
    /// Where code of this digest lies.
    fn code(&self, digest: &str) -> PathBuf {
        self.root.join("code").join(digest)
    }

    /// The path under which what is taken of what lies at `path` in a bundle runs: the same for the same content.
    /// `None` when the bundle has nothing there.
    pub(crate) fn place(
        &self,
        from: &Unpacked,
        path: &Path,
        is_taken: &dyn Fn(&Path) -> bool,
    ) -> io::Result<Option<PathBuf>> {
        let Ok(inside) = path.strip_prefix(&from.folder) else { return Ok(None) };
        let inside = inside.to_string_lossy();
        let mut part = from.listing.below(&inside);
        if part.files.is_empty() {
            return Ok(None);
        }
        part.files.retain(|file, _| is_taken(Path::new(file)));
        if let (1, Some(Entry::File { digest, .. })) = (part.files.len(), part.files.get("")) {
            return self.place_file(digest, path).map(Some);
        }
        let folder = self.code(&part.id());
        once(&folder, |into| self.fill(into, &part))?;
        Ok(Some(folder))
    }

    /// A zip, which is known by the end of its name.
    fn place_file(&self, digest: &str, path: &Path) -> io::Result<PathBuf> {
        let folder = self.code(digest);
        let name = path.file_name().unwrap_or_default();
        once(&folder, |into| fs::write(into.join(name), self.content(digest)?))?;
        let file = folder.join(name);
        if !file.is_file() {
            // The same content came under another name before.
            fs::write(&file, self.content(digest)?)?;
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{folders, sent};
    use super::*;

    #[test]
    fn code_that_did_not_change_stays_where_it_is() {
        let (_state, folders) = folders();
        let one =
            sent(&folders, &[("f/index.py", "same"), ("g/index.py", "old"), ("x.zip", "zip")]);
        let other =
            sent(&folders, &[("f/index.py", "same"), ("g/index.py", "new"), ("x.zip", "zip")]);
        let place = |from: &Unpacked, path: &str| {
            folders.place(from, &from.folder.join(path), &|_| true).expect("placed").expect("there")
        };
        assert_eq!(place(&one, "f"), place(&other, "f"));
        assert_ne!(place(&one, "g"), place(&other, "g"));
        assert_eq!(place(&one, "x.zip"), place(&other, "x.zip"));
        let sources = |from: &Unpacked| {
            let placed = folders.place(from, &from.folder, &|file| !file.starts_with("g"));
            placed.expect("placed").expect("there")
        };
        assert_eq!(sources(&one), sources(&other), "what is left out makes no difference");
        assert!(!sources(&one).join("g").exists() && sources(&one).join("f/index.py").is_file());
        assert_eq!(fs::read(place(&one, "x.zip")).expect("read"), b"zip");
        assert_eq!(folders.place(&one, &one.folder.join("h"), &|_| true).expect("looked"), None);
        assert_eq!(folders.place(&one, Path::new("/etc"), &|_| true).expect("looked"), None);
    }
}
