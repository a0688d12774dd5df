//! How many permits to ask for: about what callers will use while the lease lasts.

use std::time::Duration;

use model::Moment;

use super::pouch::MOST_PERMITS;

/// What callers of one key ask for over time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Demand {
    /// Permits a second, averaged over about the life of a lease.
    rate: f64,
    /// When the last ask was sent, for how much, and whether all of it was granted.
    last: Option<(Moment, u32, Fill)>,
}

/// Whether an ask got all it wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    Whole,
    Short,
}

impl Demand {
    /// Permits a second.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// How much to ask for, when `used` permits were used and `short` were asked for in vain since the
    /// last time. A key that used up a whole lease well before its end doubles: it grows by what it
    /// can use in a few round trips, not in a few leases.
    pub(super) fn want(&mut self, used: u64, short: u64, ttl: Duration, now: Moment) -> u32 {
        self.observe(used + short, ttl, now);
        let mut want = whole(self.rate * ttl.as_secs_f64()).max(bounded(short));
        if let Some((at, wanted, Fill::Whole)) = self.last
            && now.since(at) <= ttl / 2
        {
            want = want.max(wanted.saturating_mul(2));
        }
        let want = want.clamp(1, MOST_PERMITS);
        self.last = Some((now, want, Fill::Short));
        want
    }

    /// What came of the last ask, of which at most `most` was sent.
    pub(super) fn granted(&mut self, permits: u32, most: u32) -> Fill {
        let Some((_, want, fill)) = &mut self.last else {
            return Fill::Short;
        };
        *want = (*want).min(most);
        *fill = if permits >= *want { Fill::Whole } else { Fill::Short };
        *fill
    }

    fn observe(&mut self, asked: u64, ttl: Duration, now: Moment) {
        let elapsed = self.last.map_or(ttl, |(at, ..)| now.since(at)).as_secs_f64();
        let span = ttl.as_secs_f64();
        // An average that forgets by half in about one lease; exact whatever the time between asks.
        let asked = f64::from(bounded(asked));
        self.rate = (self.rate * span + asked) / (elapsed + span);
    }
}

fn bounded(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).min(MOST_PERMITS)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn whole(permits: f64) -> u32 {
    permits.ceil().clamp(0.0, f64::from(MOST_PERMITS)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_millis(50);

    fn at(millis: u64) -> Moment {
        Moment(millis * 1_000_000)
    }

    #[test]
    fn a_steady_key_asks_for_what_it_uses_during_a_lease() {
        let mut demand = Demand::default();
        let mut want = 0;
        for step in 1..40 {
            want = demand.want(100, 0, TTL, at(step * 50));
            demand.granted(0, MOST_PERMITS);
        }
        assert!((95..=105).contains(&want), "{want}");
    }

    #[test]
    fn a_key_that_wakes_up_doubles_with_every_round_trip() {
        let mut demand = Demand::default();
        let wants: Vec<_> = (0..6)
            .map(|step| {
                let want = demand.want(0, 0, TTL, at(step));
                demand.granted(want, MOST_PERMITS);
                want
            })
            .collect();
        assert_eq!(wants, [1, 2, 4, 8, 16, 32]);
    }

    #[test]
    fn a_short_grant_does_not_double() {
        let mut demand = Demand::default();
        demand.want(0, 8, TTL, at(0));
        demand.granted(7, MOST_PERMITS);
        assert_eq!(demand.want(7, 1, TTL, at(1)), 12);
        demand.granted(12, MOST_PERMITS);
        assert_eq!(demand.want(0, 0, TTL, at(10_000)), 1);
    }

    #[test]
    fn absurd_demand_is_asked_for_in_parts() {
        let mut demand = Demand::default();
        assert_eq!(demand.want(1, u64::from(u32::MAX), TTL, at(0)), MOST_PERMITS);
    }
}
