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
