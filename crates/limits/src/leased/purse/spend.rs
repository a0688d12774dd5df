//! Takes permits out of the two pouches of a purse, and puts them back.

use model::Moment;

use super::Purse;
use crate::leased::pouch::Expiry;

/// Permits that were taken, by pouch.
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
pub(in crate::leased) struct Spent([Option<(u32, Expiry)>; 2]);

impl Purse {
    /// Undoes a take.
    pub(in crate::leased) fn put_back(&self, spent: Spent) {
        for (pouch, part) in self.pouches.iter().zip(spent.0) {
            if let Some((count, expiry)) = part {
                pouch.put_back(count, expiry);
            }
        }
    }

    /// Takes `cost` permits of one pouch, of the one whose lease ends first if it has them: how many are
    /// left in both.
    #[inline]
    pub(super) fn spend_one(&self, cost: u32, now: Moment) -> Option<u32> {
        let [first, second] = self.order().map(|index| &self.pouches[index]);
        [(first, second), (second, first)].into_iter().find_map(|(pouch, other)| {
            let (left, _) = pouch.take(cost, now)?;
            Some(left.saturating_add(other.left(now)))
        })
    }

    /// Takes `cost` permits, if they are there. Says how many are left.
    pub(super) fn spend(&self, cost: u32, now: Moment) -> Option<(Spent, u32)> {
        let order = self.order();
        let [first, second] = order;
        for (index, other) in [(first, second), (second, first)] {
            if let Some((left, expiry)) = self.pouches[index].take(cost, now) {
                let mut spent = Spent::default();
                spent.0[index] = Some((cost, expiry));
                return Some((spent, left.saturating_add(self.pouches[other].left(now))));
            }
        }
        if cost > 1 { self.spend_both(order, cost, now) } else { None }
    }

    /// No pouch has enough, but both may have.
    fn spend_both(
        &self,
        [first, second]: [usize; 2],
        cost: u32,
        now: Moment,
    ) -> Option<(Spent, u32)> {
        let here = self.pouches[first].left(now).min(cost - 1);
        if here == 0 || self.pouches[second].left(now) < cost - here {
            return None;
        }
        let mut spent = Spent::default();
        let (_, expiry) = self.pouches[first].take(here, now)?;
        spent.0[first] = Some((here, expiry));
        let Some((left, expiry)) = self.pouches[second].take(cost - here, now) else {
            self.put_back(spent);
            return None;
        };
        spent.0[second] = Some((cost - here, expiry));
        Some((spent, left))
    }

    /// The pouch whose lease ends first comes first.
    pub(super) fn order(&self) -> [usize; 2] {
        let [first, second] = [self.pouches[0].state().1, self.pouches[1].state().1];
        if first <= second { [0, 1] } else { [1, 0] }
    }
}
