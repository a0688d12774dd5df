//! Words that a table is made of.

use std::sync::atomic::AtomicU64;

/// Zero at first. Pages are taken from the system as they are first written.
#[derive(Debug)]
pub(super) struct Memory(Box<[AtomicU64]>);

impl Memory {
    pub(super) fn new(words: usize) -> Self {
        Self(zeroed(words))
    }

    pub(super) fn words(&self) -> &[AtomicU64] {
        &self.0
    }
}

/// Pages that the system hands out as they are first written.
#[expect(unsafe_code, reason = "there is no safe way to allocate zeroed pages lazily")]
pub(super) fn zeroed(count: usize) -> Box<[AtomicU64]> {
    let words = Box::<[AtomicU64]>::new_zeroed_slice(count);
    // SAFETY: all bits zero are a valid `AtomicU64`, which has the layout of `u64`.
    unsafe { words.assume_init() }
}
