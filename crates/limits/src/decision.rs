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
    Few([Standing; FEW], u8),
    Many(Box<[Standing]>),
}

const FEW: usize = 2;

impl Decision {
    /// # Panics
    /// If more than [`MOST_ASKS`] were asked.
    #[inline]
    pub fn with(asked: usize, mut standing: impl FnMut(usize) -> Standing) -> Self {
        let nothing = Standing::default();
        Self(match asked {
            0 => Standings::Few([nothing; FEW], 0),
            1 => Standings::Few([standing(0), nothing], 1),
            2 => Standings::Few([standing(0), standing(1)], 2),
            _ => {
                assert!(
                    asked <= MOST_ASKS,
                    "a request meets at most {MOST_ASKS} limits, not {asked}"
                );
                Standings::Many((0..asked).map(standing).collect())
            }
        })
    }

    /// On a request of one ask.
    #[inline]
    pub(crate) fn alone(standing: Standing) -> Self {
        Self(Standings::Few([standing, Standing::default()], 1))
    }

    pub fn set(&mut self, index: usize, standing: Standing) {
        match &mut self.0 {
            Standings::Few(few, _) => few[index] = standing,
            Standings::Many(many) => many[index] = standing,
        }
    }

    pub fn is_allowed(&self) -> bool {
        !self.standings().iter().any(Standing::is_violated)
    }

    pub fn standings(&self) -> &[Standing] {
        match &self.0 {
            Standings::Few(few, asked) => &few[..usize::from(*asked)],
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
