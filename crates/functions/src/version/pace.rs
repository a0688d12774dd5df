//! How long a function's invocations take lately, and what that says about starting another
//! environment for one that waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A start costs tens of milliseconds of processor time, so a short wait is cheaper.
const PATIENCE: Duration = Duration::from_millis(3);

/// Where invocations are this short, they keep processors busy rather than wait for others.
const QUICK: Duration = Duration::from_millis(10);

/// While processors may still be idle, a queue of quick invocations is worth another environment
/// as soon as it is one.
const PATIENCE_FOR_PROCESSORS: Duration = Duration::from_millis(1);

/// With two environments for each processor, one more would only be one more to wait for them,
/// unless the function has become slow.
const PATIENCE_WITH_QUICK: Duration = Duration::from_millis(100);

/// A moving average of durations.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Nanoseconds; 0 before the first.
    average: AtomicU64,
}

impl Pace {
    /// Two at once may overwrite each other; an average bears that.
    pub(crate) fn observe(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).max(1);
        let average = match self.average.load(Ordering::Relaxed) {
            0 => nanos,
            average => average - average / 8 + nanos / 8,
        };
        self.average.store(average, Ordering::Relaxed);
    }

    /// How long an invocation waits for a running environment before one more is started for it.
    pub(super) fn patience(
        &self,
        queue_wait: Duration,
        live: usize,
        processors: usize,
    ) -> Duration {
        let average = Duration::from_nanos(self.average.load(Ordering::Relaxed));
        let is_quick = !average.is_zero() && average < QUICK;
        let patience = match is_quick {
            false => PATIENCE,
            true if live < 2 * processors => PATIENCE_FOR_PROCESSORS,
            true => PATIENCE_WITH_QUICK,
        };
        patience.min(queue_wait / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience(durations: &[Duration]) -> Duration {
        let pace = Pace::default();
        for duration in durations {
            pace.observe(*duration);
        }
        pace.patience(Duration::from_secs(2), 4, 2)
    }

    #[test]
    fn only_quick_functions_let_their_callers_wait() {
        let (short, long) = (Duration::from_micros(200), Duration::from_secs(1));
        assert_eq!(patience(&[]), PATIENCE);
        assert_eq!(patience(&[short]), PATIENCE_WITH_QUICK);
        assert_eq!(patience(&[long]), PATIENCE);
        assert_eq!(patience(&[short, short, long]), PATIENCE);
        assert_eq!(patience(&[&[long][..], &[short; 60]].concat()), PATIENCE_WITH_QUICK);
    }

    #[test]
    fn a_start_is_made_well_before_the_wait_is_over() {
        let pace = Pace::default();
        pace.observe(Duration::from_micros(200));
        assert_eq!(pace.patience(Duration::from_millis(50), 4, 2), Duration::from_millis(25));
    }

    #[test]
    fn there_are_enough_environments_for_every_processor() {
        let pace = Pace::default();
        pace.observe(Duration::from_micros(200));
        assert_eq!(pace.patience(Duration::from_secs(2), 3, 2), PATIENCE_FOR_PROCESSORS);
    }
}
