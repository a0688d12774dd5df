//! The control: nodes that count for themselves and add up now and then, as many gateways do. It must
//! break the bound, or the check proves nothing.

use super::clock::{SECOND, Time};

/// Admits while what it knows of everybody's count is below the limit of the second.
#[derive(Debug, Default)]
pub(crate) struct Rival {
    window: u64,
    known: u64,
    unreported: u64,
}

impl Rival {
    pub(crate) fn request(&mut self, limit: u64, time: Time) -> bool {
        let window = time / SECOND;
        if window != self.window {
            *self = Self { window, ..Self::default() };
        }
        let is_allowed = self.known + self.unreported < limit;
        self.unreported += u64::from(is_allowed);
        is_allowed
    }

    /// What to add to everybody's count.
    pub(crate) fn report(&mut self) -> u64 {
        self.known += self.unreported;
        std::mem::take(&mut self.unreported)
    }

    pub(crate) fn learn(&mut self, total: u64) {
        self.known = total;
    }
}
