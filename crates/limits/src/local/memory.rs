//! Words that a table is made of: of this process, or of a file that outlives it.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use memmap2::MmapRaw;

/// Zero at first.
#[derive(Debug)]
pub(super) enum Memory {
    /// Pages are taken from the system as they are first written.
    Own(Box<[AtomicU64]>),
    Part(Arc<Mapping>, Range<usize>),
}

impl Memory {
    pub(super) fn new(words: usize) -> Self {
        Self::Own(zeroed(words))
    }

    pub(super) fn words(&self) -> &[AtomicU64] {
        match self {
            Self::Own(words) => words,
            Self::Part(mapping, range) => &mapping.words()[range.clone()],
        }
    }
}

/// A file's content, shared with the system's page cache: what is stored here is the file's content
/// from that moment on, whatever becomes of the process.
#[derive(Debug)]
pub(super) struct Mapping(MmapRaw);

impl Mapping {
    pub(super) fn new(map: MmapRaw) -> Self {
        Self(map)
    }

    #[expect(unsafe_code, reason = "there is no safe way to look at mapped memory")]
    pub(super) fn words(&self) -> &[AtomicU64] {
        let length = self.0.len() / size_of::<AtomicU64>();
        // SAFETY: the mapping is readable and writable, begins at a page and lives as long as `self`,
        // whose lifetime the slice has. Any bits are a valid `AtomicU64`, and all access goes through
        // this slice, so that it is atomic. The file keeps its length: this process never changes it,
        // and holds the lock without which no other Tidegate opens it.
        unsafe { std::slice::from_raw_parts(self.0.as_mut_ptr().cast(), length) }
    }

    /// Writes to the disk what was stored.
    pub(super) fn sync(&self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Pages that the system hands out as they are first written.
#[expect(unsafe_code, reason = "there is no safe way to allocate zeroed pages lazily")]
pub(super) fn zeroed(count: usize) -> Box<[AtomicU64]> {
    let words = Box::<[AtomicU64]>::new_zeroed_slice(count);
    // SAFETY: all bits zero are a valid `AtomicU64`, which has the layout of `u64`.
    unsafe { words.assume_init() }
}
