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
    /// Keys that can be counted under rates.
    pub capacity: usize,
    /// Keys under rates that were forgotten while they still counted, since the tables were made. Each
    /// got its used burst back.
    pub evictions: u64,
    /// The same of all other kinds. Each got its limit back.
    pub forgotten: u64,
}

impl Room {
    pub const DEFAULT: Room = Room {
        rates: ByteSize::mib(16),
        windows: 1 << 18,
        quotas: 1 << 16,
        rolling: 1 << 13,
        pauses: 1 << 12,
        on_full: OnFull::Evict,
    };
}

impl Default for Room {
    fn default() -> Self {
        Self::DEFAULT
    }
}
