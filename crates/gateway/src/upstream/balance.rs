//! Which address a request goes to.

use model::{Clock, MOST_ADDRESSES};

use super::fleet::Site;

/// The addresses a request has been sent to already: a word of bits, as many as an upstream may have.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tried(u64);

impl Tried {
    pub(super) fn add(&mut self, index: usize) {
        self.0 |= 1 << (index % MOST_ADDRESSES);
    }

    fn has(self, index: usize) -> bool {
        self.0 & (1 << (index % MOST_ADDRESSES)) != 0
    }

    /// Whether one of so many addresses is left beside this one.
    pub(super) fn leaves_another(self, index: usize, addresses: usize) -> bool {
        (0..addresses).any(|other| other != index && !self.has(other))
    }
}

/// The less busy of two addresses picked at random, among those that are well and untried. When
/// there is none, first the untried and then all count as well: trying beats giving up.
/// <https://www.eecs.harvard.edu/~michaelm/postscripts/handbook2001.pdf>
pub(super) fn pick(sites: &[Site], tried: Tried, clock: &dyn Clock) -> usize {
    if sites.len() == 1 {
        return 0;
    }
    let untried = |index: &usize| !tried.has(*index);
    let well = |index: &usize| untried(index) && sites[*index].health.is_available(clock);
    choose(sites, well)
        .or_else(|| choose(sites, untried))
        .or_else(|| choose(sites, |_| true))
        .unwrap_or(0)
}

fn choose(sites: &[Site], eligible: impl Fn(&usize) -> bool) -> Option<usize> {
    let count = (0..sites.len()).filter(&eligible).count();
    let nth = |n: usize| (0..sites.len()).filter(&eligible).nth(n);
    match count {
        0 => None,
        1 => nth(0),
        _ => {
            let first = fastrand::usize(..count);
            // Any but the first, with equal chances.
            let second = (first + fastrand::usize(1..count)) % count;
            let (first, second) = (nth(first)?, nth(second)?);
            let is_busier = sites[first].health.in_flight() > sites[second].health.in_flight();
            Some(if is_busier { second } else { first })
        }
    }
}
