//! Which paths and links a listing may have.

use super::{Entry, Listing};

/// Why no folder is made of a listing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    #[error("`{0}` is not a path in the folder")]
    Path(String),
    #[error("`{path}` is a link to `{to}`, which leads out of the folder")]
    Link { path: String, to: String },
    #[error("`{path}` lies below `{parent}`, which is no folder")]
    Parent { path: String, parent: String },
    #[error("`{0}` has no digest of 64 hexadecimal digits")]
    Digest(String),
}

pub(super) fn check(path: &str, entry: &Entry) -> Result<(), PathProblem> {
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
    if !path.split('/').all(is_part) {
        return Err(PathProblem::Path(path.to_owned()));
    }
    match entry {
        Entry::File { digest, .. } => match is_digest(digest) {
            true => Ok(()),
            false => Err(PathProblem::Digest(path.to_owned())),
        },
        Entry::Link { to } if stays_inside(path, to) => Ok(()),
        Entry::Link { to } => Err(PathProblem::Link { path: path.to_owned(), to: to.to_owned() }),
    }
}

/// Nothing is written through a link or below a file.
pub(super) fn check_parents(listing: &Listing) -> Result<(), PathProblem> {
    for path in listing.files.keys() {
        let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
        for parent in parents {
            if listing.files.contains_key(parent) {
                let (path, parent) = (path.clone(), parent.to_owned());
                return Err(PathProblem::Parent { path, parent });
            }
        }
    }
    Ok(())
}

pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether a link at `path` leads somewhere in the folder, as far as its text says.
pub(super) fn stays_inside(path: &str, to: &str) -> bool {
    if to.is_empty() || to.starts_with('/') || to.contains('\0') {
        return false;
    }
    let mut depth = path.matches('/').count();
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => depth += 1,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn file() -> Entry {
        Entry::File { digest: "0".repeat(64), bytes: 0, executable: false }
    }

    fn link(to: &str) -> Entry {
        Entry::Link { to: to.to_owned() }
    }

    #[test]
    fn paths_stay_in_their_folder() {
        for path in ["a", "a/b.py", "a b/\u{1f30a}", "...", "a/..b"] {
            assert_eq!(check(path, &file()), Ok(()), "{path}");
        }
        for path in ["", "/etc/passwd", "../a", "a/../../b", "a//b", "a/", "./a", "a\0b"] {
            assert_eq!(check(path, &file()), Err(PathProblem::Path(path.to_owned())), "{path}");
        }
    }

    #[test]
    fn links_stay_in_their_folder() {
        for (path, to) in [("a", "b"), ("a/b", "../c"), ("a/b/c", "../../d/./e"), ("a", "b/../c")] {
            assert_eq!(check(path, &link(to)), Ok(()), "{path} -> {to}");
        }
        for (path, to) in
            [("a", ""), ("a", "/etc"), ("a", "../b"), ("a/b", "../../c"), ("a", "b/../../c")]
        {
            assert!(check(path, &link(to)).is_err(), "{path} -> {to}");
        }
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let files = BTreeMap::from([("a".to_owned(), link("b")), ("a/c/d".to_owned(), file())]);
        assert!(matches!(Listing { files }.check(), Err(PathProblem::Parent { .. })));
    }

    #[test]
    fn a_digest_is_what_it_says() {
        let entry =
            |digest: &str| Entry::File { digest: digest.into(), bytes: 1, executable: false };
        assert_eq!(check("a", &entry(&"a1".repeat(32))), Ok(()));
        for digest in ["", "../../etc/passwd", &"A1".repeat(32), &"a".repeat(65)] {
            assert!(check("a", &entry(digest)).is_err(), "{digest}");
        }
    }
}
