//! The file in which quotas and pauses outlive the process.
//!
//! It is mapped into memory, so that a decision costs no system call, and what was decided is in the
//! page cache however the process ends. A machine that loses power loses what was counted since the
//! last [`CountsFile::sync`].

mod header;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::MmapRaw;

use super::counts::Counts;
use super::memory::{Mapping, Memory};
use super::{OnFull, Room};
use crate::Seed;
use crate::count::{FEW_WORDS, WORDS};
pub(super) use header::HEADER_BYTES;
pub(crate) use header::Header;
pub use header::HeaderProblem;

/// Why a file of counts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenProblem {
    #[error("counts in {}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("counts in {} are kept by another process; give each its own state folder", path.display())]
    Busy { path: PathBuf },
    #[error("{}: {problem}; move the file away to start counting anew", path.display())]
    Content { path: PathBuf, problem: HeaderProblem },
}

#[derive(Debug)]
pub(super) struct CountsFile {
    mapping: Arc<Mapping>,
    pub(super) seed: Seed,
    /// How often it has been opened, this time included.
    pub(super) process: u64,
    parts: [Range<usize>; 3],
    /// Holds the lock.
    _file: File,
}

impl CountsFile {
    /// Keys are hashed with `fresh` when the file is new, else with the seed it has.
    pub(super) fn open(path: &Path, fresh: &Seed, room: &Room) -> Result<Self, OpenProblem> {
        let io = |error| OpenProblem::Io { path: path.to_owned(), error };
        let wanted = parts(room);
        if !path.try_exists().map_err(io)? {
            let made = create(path, &Header::new(fresh, &wanted), bytes(&wanted));
            made.and_then(|_| put_in_place(path)).map_err(io)?;
        }
        let there = Self::opened(path, &wanted)?;
        let file =
            if there.parts == wanted { there } else { there.grown(path, wanted).map_err(io)? };
        let before = file.times_opened().fetch_add(1, Ordering::AcqRel);
        Ok(Self { process: before.wrapping_add(1).max(1), ..file })
    }

    fn times_opened(&self) -> &AtomicU64 {
        &self.mapping.words()[Header::OPENED]
    }

    /// One that may have room for fewer keys than wanted.
    fn opened(path: &Path, wanted: &[Range<usize>; 3]) -> Result<Self, OpenProblem> {
        let io = |error| OpenProblem::Io { path: path.to_owned(), error };
        let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenProblem::Busy { path: path.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let content = |problem| OpenProblem::Content { path: path.to_owned(), problem };
        let mut start = Vec::new();
        Read::by_ref(&mut file).take(HEADER_BYTES as u64).read_to_end(&mut start).map_err(io)?;
        let header = Header::parse(&start).map_err(content)?;
        let file_length = file.metadata().map_err(io)?.len();
        let parts = header.check(wanted, file_length).map_err(content)?;
        let mapping = Arc::new(Mapping::new(MmapRaw::map_raw(&file).map_err(io)?));
        Ok(Self { mapping, seed: header.seed(), process: 0, parts, _file: file })
    }

    /// What it holds, in a file with more room that takes its place when it is complete.
    fn grown(&self, path: &Path, wanted: [Range<usize>; 3]) -> io::Result<Self> {
        let file = create(path, &Header::new(&self.seed, &wanted), bytes(&wanted))?;
        file.try_lock()?;
        let mapping = Arc::new(Mapping::new(MmapRaw::map_raw(&file)?));
        let seed = self.seed.clone();
        let grown = Self { mapping, seed, process: 0, parts: wanted, _file: file };
        grown.times_opened().store(self.times_opened().load(Ordering::Relaxed), Ordering::Relaxed);
        let words = [FEW_WORDS, WORDS, FEW_WORDS];
        for ((from, to), words) in self.memories().into_iter().zip(grown.memories()).zip(words) {
            let counts = |memory| Counts::new(memory, words, 0, OnFull::Evict);
            counts(from).copy_to(&counts(to));
        }
        grown.sync()?;
        put_in_place(path)?;
        Ok(grown)
    }

    /// For calendar quotas, rolling quotas and pauses, in this order.
    pub(super) fn memories(&self) -> [Memory; 3] {
        self.parts.clone().map(|part| Memory::part(&self.mapping, part))
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.mapping.sync()
    }
}

/// Where each table's words are.
fn parts(room: &Room) -> [Range<usize>; 3] {
    laid_out([
        Counts::words_for(room.quotas, FEW_WORDS),
        Counts::words_for(room.rolling, WORDS),
        Counts::words_for(room.pauses, FEW_WORDS),
    ])
}

fn laid_out(lengths: [usize; 3]) -> [Range<usize>; 3] {
    let mut end = HEADER_BYTES / size_of::<u64>();
    lengths.map(|length| {
        let start = end;
        // Whole cache lines.
        end = (start + length).next_multiple_of(8);
        start..start + length
    })
}

fn bytes(parts: &[Range<usize>; 3]) -> u64 {
    (parts[2].end * size_of::<u64>()) as u64
}

/// A file that is to be [put in place](put_in_place) when it is complete. All of its blocks are taken now: to
/// find the disk full at a later store would end the process.
fn create(path: &Path, header: &Header, length: u64) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Who can read the seed can make up keys that share a limit.
    let options = options.read(true).write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(unfinished(path))?;
    rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, length).or_else(
        |error| match error {
            rustix::io::Errno::OPNOTSUPP => io::copy(&mut io::repeat(0).take(length), &mut file)
                .map(drop)
                .and_then(|()| io::Seek::rewind(&mut file)),
            error => Err(error.into()),
        },
    )?;
    file.write_all(&header.bytes())?;
    file.sync_all()?;
    Ok(file)
}

fn put_in_place(path: &Path) -> io::Result<()> {
    std::fs::rename(unfinished(path), path)
}

fn unfinished(path: &Path) -> PathBuf {
    path.with_extension("new")
}

#[cfg(all(test, not(loom)))]
mod tests;
