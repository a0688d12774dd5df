//! The verdict on one request.

use std::time::Duration;

use crate::{MOST_ASKS, Standing};

/// Where each ask of a request stands, in their order. It is allowed when no policy is violated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision(Standings);

/// Most requests meet a limit or two: their standings are moved from hand to hand with little more
/// effort than a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standings {
    None,
    One([Standing; 1]),
    Two([Standing; 2]),
    Many(Box<[Standing]>),
}

impl Decision {
    /// # Panics
    /// If more than [`MOST_ASKS`] were asked.
    #[inline]
    pub fn with(asked: usize, mut standing: impl FnMut(usize) -> Standing) -> Self {
        assert!(asked <= MOST_ASKS, "a request meets at most {MOST_ASKS} limits, not {asked}");
        let nothing = Standing::default();
        let mut decision = Self(match asked {
            0 => Standings::None,
            1 => Standings::One([nothing]),
            2 => Standings::Two([nothing; 2]),
            _ => Standings::Many(vec![nothing; asked].into()),
        });
        for (index, slot) in decision.standings_mut().iter_mut().enumerate() {
            *slot = standing(index);
        }
        decision
    }

    /// On a request of one ask.
    #[inline]
    pub(crate) fn alone(standing: Standing) -> Self {
        Self(Standings::One([standing]))
    }

    pub fn set(&mut self, index: usize, standing: Standing) {
        self.standings_mut()[index] = standing;
    }

    fn standings_mut(&mut self) -> &mut [Standing] {
        match &mut self.0 {
            Standings::None => &mut [],
            Standings::One(one) => one,
            Standings::Two(two) => two,
            Standings::Many(many) => many,
        }
    }

    #[inline]
    pub fn is_allowed(&self) -> bool {
        match &self.0 {
            Standings::One([one]) => !one.is_violated(),
            _ => !self.standings().iter().any(Standing::is_violated),
        }
    }

    pub fn standings(&self) -> &[Standing] {
        match &self.0 {
            Standings::None => &[],
            Standings::One(one) => one,
            Standings::Two(two) => two,
            Standings::Many(many) => many,
        }
    }

    /// Every ask that denied the request.
    pub fn violated(&self) -> impl Iterator<Item = usize> + '_ {
        let violated = self.standings().iter().enumerate().filter(|(_, s)| s.is_violated());
        violated.map(|(index, _)| index)
    }

    /// The ask that frees last among those that denied the request: the one to name first.
    pub fn denied_by(&self) -> Option<usize> {
        self.violated()
            .max_by_key(|index| (self.standings()[*index].retry_in(), std::cmp::Reverse(*index)))
    }

    /// How long until the same request is admitted, if nobody else takes the permits. Zero when
    /// nobody knows; nothing when it is allowed.
    pub fn retry_after(&self) -> Option<Duration> {
        self.denied_by().map(|index| self.standings()[index].retry_in())
    }
}
