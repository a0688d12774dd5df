//! A folder as it is sent to a server: a listing of its files by their contents, of which any server
//! that has the contents makes the same folder again.

mod pack;
mod path;
mod unpack;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

pub use pack::{PackProblem, Packed, pack};
pub use path::PathProblem;
pub(crate) use path::is_digest;

/// Every file of a folder, by its path with `/` between the parts. The same folder has the same listing
/// on every machine: times, owners and empty folders do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    pub files: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Entry {
    File {
        /// SHA-256 of its content.
        digest: String,
        bytes: u64,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        executable: bool,
    },
    /// A symbolic link to something in the same folder.
    Link { to: String },
}

impl Listing {
    /// The digest of the whole, which names the bundle.
    pub fn id(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        digest_of(&text)
    }

    /// The contents that it needs.
    pub fn pieces(&self) -> BTreeSet<&str> {
        let digests = self.files.values().filter_map(|entry| match entry {
            Entry::File { digest, .. } => Some(&**digest),
            Entry::Link { .. } => None,
        });
        digests.collect()
    }

    /// What lies at `path` or below it, as a listing of its own; the whole for an empty path.
    #[must_use]
    pub fn below(&self, path: &str) -> Self {
        let rest = |name: &str| match path {
            "" => Some(name.to_owned()),
            _ if name == path => Some(String::new()),
            _ => Some(name.strip_prefix(path)?.strip_prefix('/')?.to_owned()),
        };
        let files =
            self.files.iter().filter_map(|(name, entry)| Some((rest(name)?, entry.clone())));
        Self { files: files.collect() }
    }

    /// Whether a server may make a folder of it: no path leads out of that folder.
    pub fn check(&self) -> Result<(), PathProblem> {
        self.files.iter().try_for_each(|(path, entry)| path::check(path, entry))?;
        path::check_parents(self)
    }
}

/// SHA-256 in hexadecimal digits.
pub fn digest_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in digest(&SHA256, bytes).as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &str) -> Entry {
        let bytes = content.len() as u64;
        Entry::File { digest: digest_of(content.as_bytes()), bytes, executable: false }
    }

    fn listing(files: &[(&str, &str)]) -> Listing {
        let files = files.iter().map(|(path, content)| ((*path).to_owned(), file(content)));
        Listing { files: files.collect() }
    }

    #[test]
    fn a_part_is_the_same_wherever_it_lies() {
        let one = listing(&[("a/index.py", "x"), ("a/lib/b.py", "y"), ("ab/index.py", "z")]);
        let other = listing(&[("functions/c/index.py", "x"), ("functions/c/lib/b.py", "y")]);
        assert_eq!(one.below("a"), other.below("functions/c"));
        assert_eq!(one.below("a").files.len(), 2);
        assert_eq!(one.below("").id(), one.id());
        assert_ne!(one.below("a").id(), one.below("ab").id());
        assert_eq!(one.below("a/index.py").id(), listing(&[("", "x")]).id());
    }

    #[test]
    fn contents_are_needed_once() {
        let all = listing(&[("a", "same"), ("b", "same"), ("c", "other")]);
        assert_eq!(all.pieces().len(), 2);
    }
}
