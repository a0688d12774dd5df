//! The words of the table: mapped memory, or loom's where every order of events is tried.

#[cfg(all(test, loom))]
pub(super) use modelled::Cells;

#[cfg(not(all(test, loom)))]
pub(super) use mapped::Cells;

#[cfg(not(all(test, loom)))]
mod mapped {
    use std::sync::atomic::AtomicU64;

    use crate::local::memory::Memory;

    /// A table of more than this is meant for very many keys, and worth pages that the processor finds
    /// without looking them up in memory; they are taken from the system 2 MiB at a time.
    const LARGE: usize = 16 << 20;

    #[derive(Debug)]
    pub(in super::super) struct Cells(Memory);

    impl Cells {
        pub(in super::super) fn new(count: usize) -> Self {
            let is_large = count * size_of::<u64>() > LARGE;
            Self(if is_large { Memory::in_large_pages(count) } else { Memory::new(count) })
        }

        pub(in super::super) fn words(&self) -> &[AtomicU64] {
            self.0.words()
        }
    }
}

#[cfg(all(test, loom))]
mod modelled {
    use loom::sync::atomic::AtomicU64;

    #[derive(Debug)]
    pub(in super::super) struct Cells(Box<[AtomicU64]>);

    impl Cells {
        pub(in super::super) fn new(count: usize) -> Self {
            Self((0..count).map(|_| AtomicU64::new(0)).collect())
        }

        pub(in super::super) fn words(&self) -> &[AtomicU64] {
            &self.0
        }
    }
}

/// Asks for memory before it is read.
#[cfg(all(target_arch = "x86_64", not(all(test, loom))))]
#[expect(unsafe_code, reason = "the instruction takes an address")]
pub(super) fn prefetch(cell: &std::sync::atomic::AtomicU64) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: the instruction is part of every x86-64 processor, and a hint: it reads nothing that the
    // program can see, and the address is that of a live cell.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(cell.as_ptr().cast::<i8>().cast_const()) };
}

#[cfg(not(all(target_arch = "x86_64", not(all(test, loom)))))]
pub(super) fn prefetch<T>(_cell: &T) {}
