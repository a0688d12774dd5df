//! Makes a folder of a listing.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::{Entry, Listing};

impl Listing {
    /// Writes every file and link below `folder`, with the contents that `content` has by their digests. Whether
    /// paths lead out of it, [`Listing::check`] tells.
    pub fn unpack<E: From<std::io::Error>>(
        &self,
        folder: &Path,
        mut content: impl FnMut(&str) -> Result<Vec<u8>, E>,
    ) -> Result<(), E> {
        for (path, entry) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            match entry {
                Entry::Link { to } => symlink(to, &path)?,
                Entry::File { digest, executable, .. } => {
                    fs::write(&path, content(digest)?)?;
                    let mode = if *executable { 0o755 } else { 0o644 };
                    fs::set_permissions(&path, Permissions::from_mode(mode))?;
                }
            }
        }
        Ok(())
    }
}
