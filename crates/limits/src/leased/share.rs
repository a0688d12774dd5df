//! A node's share of a rate, for the time that the store does not answer.
//!
//! A node's share is what it was granted over the last ten seconds, as a part of what the store could
//! have granted all nodes over ten seconds, `R*10s + B`. When the store dies, those ten seconds are the
//! same for every node, so the shares add up to one at most: together the nodes go on within the limit
//! that they kept until then. A node that was granted nothing has no share.

use std::time::Duration;

use model::{Moment, Rate};

const SLOTS: usize = 64;
const SLOT: Duration = Duration::from_nanos(10_000_000_000 / SLOTS as u64);

/// What a node was granted of a rate, and what it may use of its share.
#[derive(Debug)]
pub(super) struct Share {
    granted: [u32; SLOTS],
    /// The slot, counted from moment zero, that was written last.
    slot: u64,
    /// While the store is away: permits at hand, and when they were counted.
    level: Option<(f64, Moment)>,
}

impl Share {
    pub(super) fn new() -> Self {
        Self { granted: [0; SLOTS], slot: 0, level: None }
    }

    /// The store answered.
    pub(super) fn record(&mut self, permits: u32, now: Moment) {
        self.level = None;
        self.turn(now);
        let slot = &mut self.granted[index(self.slot)];
        *slot = slot.saturating_add(permits);
    }

    /// The store does not answer: grants are not looked at again until it does.
    pub(super) fn begin(&mut self, now: Moment) {
        if self.level.is_none() {
            self.turn(now);
            self.level = Some((0.0, now));
        }
    }

    /// Takes permits of the share, or says how long until they are there.
    pub(super) fn draw(
        &mut self,
        rate: Rate,
        burst: u32,
        cost: u32,
        now: Moment,
    ) -> Result<(), Duration> {
        let (share, cost) = (self.part(rate, burst), f64::from(cost));
        let per_second = f64::from(rate.permits) / rate.per.as_secs_f64() * share;
        let most = (f64::from(burst) * share).max(1.0);
        let (level, since) = self.level.unwrap_or((0.0, now));
        let level = (level + per_second * now.since(since).as_secs_f64()).min(most);
        if level >= cost {
            self.level = Some((level - cost, now));
            return Ok(());
        }
        self.level = Some((level, now.max(since)));
        if per_second <= 0.0 || cost > most {
            return Err(Duration::MAX);
        }
        Err(Duration::try_from_secs_f64((cost - level) / per_second).unwrap_or(Duration::MAX))
    }

    /// 0 to 1.
    pub(super) fn part(&self, rate: Rate, burst: u32) -> f64 {
        let granted: f64 = self.granted.iter().copied().map(f64::from).sum();
        let span = SLOT.as_secs_f64() * SLOTS as f64 / rate.per.as_secs_f64();
        granted / (f64::from(rate.permits) * span + f64::from(burst))
    }

    fn turn(&mut self, now: Moment) {
        let slot = now.0 / u64::try_from(SLOT.as_nanos()).unwrap_or(u64::MAX);
        let passed = slot.saturating_sub(self.slot).min(SLOTS as u64);
        for step in 0..passed {
            self.granted[index(slot - step)] = 0;
        }
        self.slot = self.slot.max(slot);
    }
}

fn index(slot: u64) -> usize {
    usize::try_from(slot % SLOTS as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { permits: 1000, per: Duration::from_secs(1) };
    const BURST: u32 = 100;

    fn at(millis: u64) -> Moment {
        Moment(millis * 1_000_000)
    }

    /// Grants `each` every 10 ms over 20 s.
    fn fed(each: u32) -> Share {
        let mut share = Share::new();
        (0..2000).for_each(|step| share.record(each, at(step * 10)));
        share
    }

    #[test]
    fn shares_of_all_nodes_are_the_limit() {
        let [third, two_thirds] = [fed(3), fed(7)].map(|share| share.part(RATE, BURST));
        let sum = third + two_thirds;
        assert!((0.97..=1.0).contains(&sum), "{sum}");
        assert!((two_thirds / third - 7.0 / 3.0).abs() < 0.01);
    }

    #[test]
    fn a_share_is_spent_at_its_pace() {
        let mut share = fed(5);
        share.begin(at(20_000));
        let mut used = 0;
        for step in 0..10_000 {
            used += u32::from(share.draw(RATE, BURST, 1, at(20_000 + step)).is_ok());
        }
        assert!((4_850..=5_000).contains(&used), "{used}");
    }

    #[test]
    fn a_node_without_grants_has_no_share() {
        let mut share = Share::new();
        share.begin(at(0));
        assert_eq!(share.draw(RATE, BURST, 1, at(60_000)), Err(Duration::MAX));
    }

    #[test]
    fn old_grants_are_forgotten() {
        let mut share = fed(5);
        share.begin(at(40_000));
        assert!(share.part(RATE, BURST) <= 0.0);
    }
}
