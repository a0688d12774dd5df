//! How many keys can be counted, and how that goes.

use model::ByteSize;

/// Room for keys. Memory is taken from the system as keys arrive, that of a file at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// 16 bytes a key.
    pub rates: ByteSize,
    /// Keys under fixed and sliding windows, and those with slots in use: 40 bytes each.
    pub windows: usize,
    /// Keys under calendar quotas: 40 bytes each.
    pub quotas: usize,
    /// Keys under rolling quotas: 128 bytes each.
    pub rolling: usize,
    /// Keys paused at a time.
    pub pauses: usize,
    pub on_full: OnFull,
}

/// What happens to a new key when there is no room for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFull {
    /// The key that matters least is forgotten, and counted: the one with the least debt, or whose
    /// window ends first.
    #[default]
    Evict,
    /// The new key is denied.
    DenyNew,
}

/// How the tables fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    pub rates: Filled,
    /// Fixed and sliding windows, and concurrency.
    pub windows: Filled,
    /// Calendar quotas.
    pub quotas: Filled,
    pub rolling: Filled,
}

/// How one table fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// Keys that it can count.
    pub capacity: usize,
    /// Keys that were forgotten while they still counted, since the table was made. Each got back what it
    /// had used.
    pub evictions: u64,
}

impl Usage {
    /// Each table by the kind of limit that it is for.
    pub fn by_kind(&self) -> [(&'static str, Filled); 4] {
        let Self { rates, windows, quotas, rolling } = *self;
        [("rate", rates), ("window", windows), ("quota", quotas), ("rolling quota", rolling)]
    }
}

impl Room {
    pub const DEFAULT: Room = Room {
        rates: ByteSize::mib(16),
        windows: 1 << 18,
        quotas: 1 << 18,
        rolling: 1 << 16,
        pauses: 1 << 12,
        on_full: OnFull::Evict,
    };
}

impl Default for Room {
    fn default() -> Self {
        Self::DEFAULT
    }
}
