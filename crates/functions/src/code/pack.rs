//! Packs a folder as a zip.

use std::fs;
use std::io::{self, Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::digest::is_ignored;

type Archive = ZipWriter<Cursor<Vec<u8>>>;

/// A folder of a function's code, but for what never makes a different function. The same content is the same zip.
pub(crate) fn pack(folder: &Path) -> io::Result<Vec<u8>> {
    let mut archive = Archive::new(Cursor::default());
    add_folder(&mut archive, folder, folder)?;
    Ok(archive.finish()?.into_inner())
}

fn add_folder(archive: &mut Archive, root: &Path, folder: &Path) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let below = path.strip_prefix(root).unwrap_or(&path);
        if is_ignored(below) {
            continue;
        }
        let (name, metadata) = (below.to_string_lossy(), fs::symlink_metadata(&path)?);
        let mode = metadata.permissions().mode() & 0o777;
        let options = SimpleFileOptions::default().unix_permissions(mode);
        if metadata.is_dir() {
            archive.add_directory(name, options)?;
            add_folder(archive, root, &path)?;
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path)?;
            archive.add_symlink(name, target.to_string_lossy(), options)?;
        } else if metadata.is_file() {
            archive.start_file(name, options)?;
            archive.write_all(&fs::read(&path)?)?;
        }
    }
    Ok(())
}
