//! Finds the manifest that a folder belongs to.

use std::path::{Path, PathBuf};

/// The manifest's file name.
pub const MANIFEST: &str = "tidegate.yaml";

#[derive(Debug, thiserror::Error)]
#[error(
    "no {MANIFEST} in `{}` or the folders above it; name its folder, or run `tidegate init` to start one",
    .0.display()
)]
pub struct NoManifest(pub PathBuf);

/// Looks for `tidegate.yaml` in `folder`, then in its parents up to the root of its repository.
pub fn find(folder: &Path) -> Result<PathBuf, NoManifest> {
    let start = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    for candidate in start.ancestors() {
        let manifest = candidate.join(MANIFEST);
        if manifest.is_file() {
            return Ok(manifest);
        }
        if candidate.join(".git").exists() {
            break;
        }
    }
    Err(NoManifest(folder.to_path_buf()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_searched_up_to_the_repository() {
        let outer = tempfile::tempdir().expect("a folder");
        let inner = outer.path().join("repository/functions/results");
        std::fs::create_dir_all(&inner).expect("folders");
        let manifest = outer.path().join("repository").join(MANIFEST);
        std::fs::write(&manifest, "name: x\n").expect("a manifest");
        assert_eq!(find(&inner).expect("found"), manifest);

        std::fs::remove_file(&manifest).expect("removed");
        std::fs::write(outer.path().join(MANIFEST), "name: y\n").expect("a manifest");
        std::fs::create_dir(outer.path().join("repository/.git")).expect("a repository");
        let error = find(&inner).expect_err("outside the repository");
        assert!(error.to_string().starts_with("no tidegate.yaml in `"), "{error}");
    }
}
