//! Unpacks a `.zip` that may have been made to harm.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;

use super::StageError;

/// Bounds on what an archive may unpack to.
#[derive(Debug, Clone, Copy)]
pub struct ArchiveLimits {
    pub entries: u64,
    /// Lambda's is 250 MB.
    pub bytes: u64,
    /// Unpacked bytes per packed byte; deflate cannot exceed 1,032.
    pub ratio: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self { entries: 100_000, bytes: 250 << 20, ratio: 200 }
    }
}

/// Below this size, an archive's ratio says nothing about intent.
const RATIO_FLOOR: u64 = 16 << 20;
const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

pub(super) fn extract(
    archive: &Path,
    into: &Path,
    limits: ArchiveLimits,
) -> Result<(), StageError> {
    let file = File::open(archive).map_err(StageError::io(archive))?;
    let packed = file.metadata().map_err(StageError::io(archive))?.len();
    let unreadable = |error: zip::result::ZipError| StageError::Archive {
        archive: archive.to_owned(),
        reason: error.to_string(),
    };
    let mut zip = ZipArchive::new(io::BufReader::new(file)).map_err(unreadable)?;
    if zip.len() as u64 > limits.entries {
        let what = format!("its number of entries, {},", zip.len());
        return Err(StageError::TooLarge {
            archive: archive.to_owned(),
            what,
            max: limits.entries,
        });
    }
    let max = limits.bytes.min(packed.saturating_mul(limits.ratio).max(RATIO_FLOOR));
    let mut unpacking = Unpacking { archive, into, max, written: 0 };
    // Links last: nothing is ever written through one.
    let mut links = Vec::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(unreadable)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let mode = entry.unix_mode().unwrap_or(REGULAR | 0o644);
        let path = unpacking.check(&name)?;
        match mode & KIND {
            _ if entry.is_dir() => unpacking.folder(&path)?,
            LINK => links.push((name, path, unpacking.text(&mut entry)?)),
            REGULAR | 0 => unpacking.file(&path, mode, &mut entry)?,
            FOLDER => unpacking.folder(&path)?,
            _ => return Err(unpacking.refuse(&name, "is a device, a pipe or a socket")),
        }
    }
    links.into_iter().try_for_each(|(name, path, target)| unpacking.link(&name, &path, &target))
}

struct Unpacking<'a> {
    archive: &'a Path,
    into: &'a Path,
    max: u64,
    written: u64,
}

impl Unpacking<'_> {
    fn refuse(&self, entry: &str, reason: &'static str) -> StageError {
        StageError::Entry {
            archive: self.archive.to_owned(),
            entry: entry.escape_debug().to_string(),
            reason,
        }
    }

    /// A name that stays inside.
    fn check(&self, name: &str) -> Result<PathBuf, StageError> {
        if name.contains('\0') || name.contains('\\') {
            return Err(self.refuse(name, "has a zero byte or a backslash in its name"));
        }
        let mut path = self.into.to_owned();
        for component in Path::new(name).components() {
            match component {
                Component::Normal(part) => path.push(part),
                Component::CurDir => {}
                Component::ParentDir => {
                    return Err(self.refuse(name, "climbs out of the archive with `..`"));
                }
                Component::RootDir | Component::Prefix(_) => {
                    return Err(self.refuse(name, "has an absolute path"));
                }
            }
        }
        Ok(path)
    }

    fn folder(&self, path: &Path) -> Result<(), StageError> {
        fs::create_dir_all(path).map_err(StageError::io(path))
    }

    fn file(&mut self, path: &Path, mode: u32, content: &mut impl Read) -> Result<(), StageError> {
        self.folder(path.parent().unwrap_or(self.into))?;
        let mut file = File::create(path).map_err(StageError::io(path))?;
        // The sizes in an archive are claims; what is counted is what comes out.
        let room = self.max.saturating_sub(self.written);
        let count = io::copy(&mut content.take(room + 1), &mut file)
            .map_err(StageError::io(self.archive))?;
        self.written += count;
        if count > room {
            let what = "what it unpacks to".to_owned();
            return Err(StageError::TooLarge {
                archive: self.archive.to_owned(),
                what,
                max: self.max,
            });
        }
        // The owner may read, whatever the archive says; nobody else's identity comes with it.
        let permissions = fs::Permissions::from_mode(mode & 0o777 | 0o444);
        file.set_permissions(permissions).map_err(StageError::io(path))
    }

    fn text(&self, content: &mut impl Read) -> Result<String, StageError> {
        let mut text = String::new();
        content.take(4096).read_to_string(&mut text).map_err(StageError::io(self.archive))?;
        Ok(text)
    }

    /// Links may point anywhere inside, as package managers make them.
    fn link(&self, name: &str, path: &Path, target: &str) -> Result<(), StageError> {
        let depth =
            Path::new(name).components().filter(|c| matches!(c, Component::Normal(_))).count();
        let mut level = depth.saturating_sub(1);
        for component in Path::new(target).components() {
            level = match component {
                Component::Normal(_) => level + 1,
                Component::CurDir => level,
                Component::ParentDir if level > 0 => level - 1,
                _ => {
                    return Err(
                        self.refuse(name, "is a symbolic link that leads out of the archive")
                    );
                }
            };
        }
        self.folder(path.parent().unwrap_or(self.into))?;
        // A link below a folder that is itself a link would be made elsewhere.
        let parent = path.parent().unwrap_or(self.into);
        let real = fs::canonicalize(parent).map_err(StageError::io(parent))?;
        let root = fs::canonicalize(self.into).map_err(StageError::io(self.into))?;
        if real != root.join(parent.strip_prefix(self.into).unwrap_or(parent)) {
            return Err(self.refuse(name, "lies below a symbolic link"));
        }
        symlink(target, path).map_err(StageError::io(path))
    }
}
