//! Room on the disk for those who make room: a file of nothing beside the store. On a full disk it goes, so that
//! messages can still be taken and deleted, and nothing else is accepted until there is room for it again.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// Half of it is what the log has before it is moved.
const BYTES: u64 = 8 << 20;
/// On the disk, besides the reserve itself, or inside the file, before anything is accepted again.
const ENOUGH: u64 = BYTES;

#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There was no room for one: a full disk is met by everybody alike.
    None,
    There,
    /// A file without a byte says so to the next start.
    Spent(Inside),
}

/// The room inside the file, of what was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    TooLittle,
    Enough,
    /// It did not do: the log beside the file could not grow.
    OfNoUse,
}

impl Reserve {
    /// Makes it unless it is there, or was spent.
    pub(super) fn beside(store: &Path) -> Self {
        let mut name = store.as_os_str().to_owned();
        name.push("-reserve");
        let path = PathBuf::from(name);
        let (was_spent, has_room) = (path.exists(), has_room(&path));
        let state = if is_whole(&path) || has_room && filled(&path).is_ok() {
            State::There
        } else if was_spent && !has_room {
            State::Spent(Inside::TooLittle)
        } else {
            // A file system may be unable to promise room.
            let _ = std::fs::remove_file(&path);
            State::None
        };
        Self { path, state }
    }

    /// The disk is full: gives it back.
    pub(super) fn spend(&mut self) {
        self.state = match self.state {
            State::None => State::None,
            State::Spent(Inside::Enough) => State::Spent(Inside::OfNoUse),
            State::Spent(inside) => State::Spent(inside),
            State::There => {
                give_back(&self.path);
                State::Spent(Inside::TooLittle)
            }
        };
    }

    /// Whether only those are let in who make room.
    pub(super) fn is_tight(&self) -> bool {
        matches!(self.state, State::Spent(Inside::TooLittle | Inside::OfNoUse))
    }

    /// After it was spent: makes it again, once the disk has room for more. Who deleted enough inside the file may
    /// go on without one.
    pub(super) fn renew(&mut self, store: &Connection) {
        let State::Spent(inside) = self.state else { return };
        self.state = match inside {
            _ if has_room(&self.path) && filled(&self.path).is_ok() => State::There,
            Inside::OfNoUse => State::Spent(Inside::OfNoUse),
            _ if unused(store) >= ENOUGH => State::Spent(Inside::Enough),
            _ => State::Spent(Inside::TooLittle),
        };
    }
}

fn give_back(path: &Path) {
    let emptied = OpenOptions::new().write(true).truncate(true).open(path);
    if let Err(error) = emptied {
        tracing::warn!(%error, "the store's reserve was not given back");
    }
}

fn is_whole(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    // Not only as long, but on the disk.
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.blocks() * 512 >= BYTES)
}

fn has_room(path: &Path) -> bool {
    let disk = statvfs(path.parent().unwrap_or(Path::new("/")));
    disk.is_ok_and(|disk| disk.f_bavail * disk.f_frsize >= BYTES + ENOUGH)
}

fn filled(path: &Path) -> io::Result<()> {
    let mut new = OpenOptions::new();
    let file = new.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let filled = fallocate(&file, FallocateFlags::empty(), 0, BYTES);
    if filled.is_err() {
        file.set_len(0)?;
    }
    Ok(filled?)
}

/// Bytes of the file that hold nothing.
fn unused(store: &Connection) -> u64 {
    let number = |name| store.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (pages, size) = (number("freelist_count"), number("page_size"));
    pages.unwrap_or_default().unsigned_abs() * size.unwrap_or_default().unsigned_abs()
}
