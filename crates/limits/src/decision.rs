//! The verdict on one request.

use std::time::Duration;

use crate::{MOST_ASKS, Standing};

/// Where each ask of a request stands, in their order. It is allowed when no policy is violated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    standings: [Standing; MOST_ASKS],
    asked: u8,
}

impl Decision {
    /// # Panics
    /// If more than [`MOST_ASKS`] were asked.
    pub fn with(asked: usize, mut standing: impl FnMut(usize) -> Standing) -> Self {
        assert!(asked <= MOST_ASKS, "a request meets at most {MOST_ASKS} limits, not {asked}");
        let mut standings = [Standing::default(); MOST_ASKS];
        for (index, slot) in standings[..asked].iter_mut().enumerate() {
            *slot = standing(index);
        }
        Self { standings, asked: u8::try_from(asked).unwrap_or(u8::MAX) }
    }

    pub fn set(&mut self, index: usize, standing: Standing) {
        self.standings[index] = standing;
    }

    pub fn is_allowed(&self) -> bool {
        !self.standings().iter().any(Standing::is_violated)
    }

    pub fn standings(&self) -> &[Standing] {
        &self.standings[..usize::from(self.asked)]
    }

    /// Every ask that denied the request.
    pub fn violated(&self) -> impl Iterator<Item = usize> + '_ {
        let violated = self.standings().iter().enumerate().filter(|(_, s)| s.is_violated());
        violated.map(|(index, _)| index)
    }

    /// The ask that frees last among those that denied the request: the one to name first.
    pub fn denied_by(&self) -> Option<usize> {
        self.violated()
            .max_by_key(|index| (self.standings[*index].retry_in(), std::cmp::Reverse(*index)))
    }

    /// How long until the same request is admitted, if nobody else takes the permits. Zero when
    /// nobody knows; nothing when it is allowed.
    pub fn retry_after(&self) -> Option<Duration> {
        self.denied_by().map(|index| self.standings[index].retry_in())
    }
}
