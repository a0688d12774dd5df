//! Words that a table is made of: of this process, or of a file that outlives it.

use std::alloc::{Layout, handle_alloc_error};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

#[cfg(not(all(test, loom)))]
use memmap2::Advice;
use memmap2::{MmapOptions, MmapRaw};

/// Zero at first; begins at a page.
#[derive(Debug)]
pub(super) struct Memory {
    /// Looked up once: every decision begins here. Of `mapping`, however long it says it lives.
    words: &'static [AtomicU64],
    _mapping: Arc<Mapping>,
}

impl Memory {
    /// Pages are taken from the system as they are first written.
    pub(super) fn new(words: usize) -> Self {
        Self::mapped(words, |_| ())
    }

    /// In pages of 2 MiB where the system has them to give.
    #[cfg(not(all(test, loom)))]
    pub(super) fn in_large_pages(words: usize) -> Self {
        // A hint that a kernel may be built without.
        Self::mapped(words, |map| drop(map.advise(Advice::HugePage)))
    }

    fn mapped(words: usize, advise: impl FnOnce(&MmapRaw)) -> Self {
        let layout = Layout::array::<u64>(words).unwrap_or(Layout::new::<u64>());
        let map = MmapOptions::new().len(layout.size()).map_anon();
        let map = MmapRaw::from(map.unwrap_or_else(|_| handle_alloc_error(layout)));
        advise(&map);
        Self::part(&Arc::new(Mapping(map)), 0..words)
    }

    #[expect(unsafe_code, reason = "a part and the mapping it is of live in one value")]
    pub(super) fn part(mapping: &Arc<Mapping>, part: Range<usize>) -> Self {
        let words = std::ptr::from_ref(&mapping.words()[part]);
        // SAFETY: the mapping stays where it is for as long as an `Arc` of it lives, and this one lives as
        // long as the value that holds the reference. Only `words` gives it away, for no longer than that.
        Self { words: unsafe { &*words }, _mapping: Arc::clone(mapping) }
    }

    #[inline]
    pub(super) fn words(&self) -> &[AtomicU64] {
        self.words
    }
}

/// Mapped memory. That of a file is shared with the system's page cache: what is stored here is the
/// file's content from that moment on, whatever becomes of the process.
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
        // this slice, so that it is atomic. A file keeps its length: this process never changes it,
        // and holds the lock without which no other Tidegate opens it.
        unsafe { std::slice::from_raw_parts(self.0.as_mut_ptr().cast(), length) }
    }

    /// Writes to the disk what was stored.
    pub(super) fn sync(&self) -> std::io::Result<()> {
        self.0.flush()
    }
}
