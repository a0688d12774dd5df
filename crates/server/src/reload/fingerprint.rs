//! What a stack is made of, by content: a file that was touched but not changed is no change.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::Stack;

/// Folders whose contents are made by tools and never by hand.
const IGNORED_FOLDERS: [&str; 13] = [
    ".git",
    ".hg",
    ".svn",
    ".tidegate",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".venv",
    ".idea",
    ".vscode",
    ".aws-sam",
    ".serverless",
];
/// What editors, test runners and functions leave beside code.
const IGNORED_SUFFIXES: [&str; 8] =
    [".pyc", ".pyo", ".log", ".swp", ".swx", ".tmp", "~", ".DS_Store"];
/// Tens of thousands of files; npm notes every change to them in this one.
const NODE_MODULES: &str = "node_modules";
const NODE_MODULES_LOCK: &str = ".package-lock.json";
/// Cargo marks its target folder with it.
/// <https://bford.info/cachedir/>
const CACHE_MARK: &str = "CACHEDIR.TAG";

/// Whether a change to something of this name can never change a function.
pub(crate) fn is_ignored(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    IGNORED_FOLDERS.contains(&&*name)
        || IGNORED_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
        || name.starts_with(".#")
        || (name.starts_with('#') && name.ends_with('#'))
        // Vim writes it to find out whether it may write.
        || name == "4913"
}

/// Whether tools make this again, so that it is no source.
pub(crate) fn is_made_by_tools(path: &Path) -> bool {
    path.file_name().is_some_and(is_ignored) || path.join(CACHE_MARK).exists()
}

/// The contents of everything one stack is made of, by path.
pub(crate) type Fingerprint = BTreeMap<PathBuf, u64>;

/// Takes fingerprints, and reads again only what looks different from the last time.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    known: HashMap<PathBuf, Known>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    look: (i64, i64, u64, u64),
    contents: u64,
}

impl Fingerprints {
    /// Looks at the stacks' files. `folders` receives every folder that was walked.
    pub(crate) fn take(
        &mut self,
        stacks: &[Arc<Stack>],
        folders: &mut BTreeSet<PathBuf>,
    ) -> Fingerprint {
        let mut found = Fingerprint::new();
        let files = Some((&mut self.known, &mut found));
        let mut walk = Walk { folders, seen: HashSet::new(), files };
        for path in stacks.iter().flat_map(|stack| parts(stack)) {
            walk.visit(&path);
        }
        self.known.retain(|path, _| found.contains_key(path));
        found
    }
}

/// The folders that hold the stack's files, without a look into any file.
pub(crate) fn folders(stack: &Stack) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    let mut walk = Walk { folders: &mut folders, seen: HashSet::new(), files: None };
    for path in parts(stack) {
        walk.visit(&path);
    }
    folders
}

/// A folder and those below it that hold sources.
pub(super) fn below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    Walk { folders: &mut folders, seen: HashSet::new(), files: None }.visit(folder);
    folders
}

/// The files and folders a stack consists of.
pub(crate) fn parts(stack: &Stack) -> Vec<PathBuf> {
    let mut parts = vec![stack.manifest.clone()];
    for function in stack.functions.values() {
        parts.extend(function.code.path().cloned());
        parts.extend(function.layers.iter().cloned());
    }
    parts.extend(stack.processes.values().map(|process| process.code.clone()));
    if let Some(tls) = &stack.listener.tls {
        parts.extend([tls.certificate.clone(), tls.key.clone()]);
    }
    parts
}

struct Walk<'a> {
    folders: &'a mut BTreeSet<PathBuf>,
    /// Folders by identity, since symbolic links are followed and may lead round in a circle.
    seen: HashSet<(u64, u64)>,
    /// What is known of files, and what is found; `None` passes them over.
    files: Option<(&'a mut HashMap<PathBuf, Known>, &'a mut Fingerprint)>,
}

impl Walk<'_> {
    fn visit(&mut self, path: &Path) {
        let Ok(metadata) = std::fs::metadata(path) else { return };
        if metadata.is_dir() {
            self.visit_folder(path, &metadata);
        } else if metadata.is_file() {
            self.visit_file(path, &metadata);
        }
    }

    fn visit_folder(&mut self, path: &Path, metadata: &Metadata) {
        let identity = (metadata.dev(), metadata.ino());
        if path.join(CACHE_MARK).exists() || !self.seen.insert(identity) {
            return;
        }
        self.folders.insert(path.to_owned());
        let Ok(entries) = std::fs::read_dir(path) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name == NODE_MODULES {
                self.visit(&entry.path().join(NODE_MODULES_LOCK));
            } else if !is_ignored(&name) {
                self.visit(&entry.path());
            }
        }
    }

    fn visit_file(&mut self, path: &Path, metadata: &Metadata) {
        let Some((known, found)) = &mut self.files else { return };
        let look = (metadata.mtime(), metadata.mtime_nsec(), metadata.size(), metadata.ino());
        if let Some(known) = known.get(path).filter(|known| known.look == look) {
            found.insert(path.to_owned(), known.contents);
            return;
        }
        let Ok(bytes) = std::fs::read(path) else { return };
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        // A program that stops being executable is no longer the same program.
        (metadata.mode() & 0o111).hash(&mut hasher);
        let contents = hasher.finish();
        known.insert(path.to_owned(), Known { look, contents });
        found.insert(path.to_owned(), contents);
    }
}

#[cfg(test)]
mod tests {
    use model::Listener;

    use super::*;

    fn stack(folder: &Path) -> Stack {
        let tls =
            model::stack::TlsFiles { certificate: folder.join("code"), key: folder.join("k") };
        Stack {
            name: "test".into(),
            manifest: folder.join("tidegate.yaml"),
            listener: Listener { tls: Some(tls), ..Listener::default() },
            ..Stack::default()
        }
    }

    fn check(change: impl FnOnce(&Path), expect_change: bool) {
        let folder = tempfile::tempdir().unwrap();
        let code = folder.path().join("code");
        std::fs::create_dir_all(code.join("node_modules/left-pad")).unwrap();
        std::fs::write(folder.path().join("tidegate.yaml"), "name: a").unwrap();
        std::fs::write(code.join("index.py"), "one").unwrap();
        let stack = Arc::new(stack(folder.path()));
        let mut fingerprints = Fingerprints::default();
        let before = fingerprints.take(std::slice::from_ref(&stack), &mut BTreeSet::new());
        change(&code);
        let after = fingerprints.take(std::slice::from_ref(&stack), &mut BTreeSet::new());
        assert_eq!(before != after, expect_change);
    }

    #[test]
    fn contents_count() {
        check(|code| std::fs::write(code.join("index.py"), "two").unwrap(), true);
        check(|code| std::fs::write(code.join("new.py"), "").unwrap(), true);
        check(|code| std::fs::remove_file(code.join("index.py")).unwrap(), true);
        check(|code| std::fs::rename(code.join("index.py"), code.join("b.py")).unwrap(), true);
        check(
            |code| std::fs::write(code.join("node_modules/.package-lock.json"), "1").unwrap(),
            true,
        );
        check(
            |code| std::fs::write(code.parent().unwrap().join("tidegate.yaml"), "name: b").unwrap(),
            true,
        );
    }

    #[test]
    fn traces_do_not() {
        check(|code| std::fs::write(code.join("index.py"), "one").unwrap(), false);
        check(|code| std::fs::write(code.join("debug.log"), "x").unwrap(), false);
        check(|code| std::fs::write(code.join(".index.py.swp"), "x").unwrap(), false);
        check(
            |code| {
                std::fs::create_dir(code.join("__pycache__")).unwrap();
                std::fs::write(code.join("__pycache__/index.cpython-311.pyc"), "x").unwrap();
            },
            false,
        );
        check(
            |code| std::fs::write(code.join("node_modules/left-pad/index.js"), "x").unwrap(),
            false,
        );
        check(
            |code| {
                std::fs::create_dir(code.join("target")).unwrap();
                std::fs::write(code.join("target/CACHEDIR.TAG"), "").unwrap();
                std::fs::write(code.join("target/out"), "").unwrap();
            },
            false,
        );
    }

    #[test]
    fn links_in_a_circle_end() {
        check(|code| std::os::unix::fs::symlink(code, code.join("loop")).unwrap(), false);
    }
}
