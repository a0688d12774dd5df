//! How long to wait after environments failed to start.

use std::time::Duration;

use model::Moment;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);

/// Doubles from 250 ms to 30 s with each failure in a row; a start that succeeds forgets them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Backoff {
    failures: u32,
    until: Moment,
}

impl Backoff {
    pub(crate) fn permits(&self, now: Moment) -> bool {
        self.failures == 0 || now >= self.until
    }

    pub(crate) fn remaining(&self, now: Moment) -> Duration {
        if self.failures == 0 { Duration::ZERO } else { self.until.since(now) }
    }

    /// `random` spreads the next attempt over the last quarter of the pause, so that functions
    /// that fail together do not return together.
    pub(crate) fn failed(&mut self, now: Moment, random: u64) {
        let doubled = FIRST.saturating_mul(1 << self.failures.min(16));
        let pause = doubled.min(LONGEST);
        let spread = u64::try_from(pause.as_nanos() / 4).unwrap_or(0).max(1);
        self.failures = self.failures.saturating_add(1);
        self.until = now.plus(pause - Duration::from_nanos(random % spread));
    }

    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = Backoff::default();
        let now = Moment(0);
        assert!(backoff.permits(now));
        let mut pauses = Vec::new();
        for _ in 0..9 {
            backoff.failed(now, 0);
            pauses.push(backoff.remaining(now).as_millis());
        }
        assert_eq!(pauses, [250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert!(!backoff.permits(now));
        assert!(backoff.permits(now.plus(LONGEST)));
        backoff.succeeded();
        assert!(backoff.permits(now));
    }
}
