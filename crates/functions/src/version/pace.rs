//! How long a function's invocations take lately, and what that says about starting another
//! environment for one that waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::home::Home;
use crate::pool::Tempo;

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

/// A function whose shortest invocations are below this does not wait for others in them: what makes
/// the rest longer is that they share processors.
const VERY_QUICK: Duration = Duration::from_micros(500);

/// Of a home with a processor of its own, so many environments run at a time: while one is being
/// switched to, the other's answer is read.
const ABREAST: usize = 2;

/// What durations are like. All are nanoseconds, and 0 before the first.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// A moving average.
    average: AtomicU64,
    /// Follows the shortest at once, and longer ones slowly.
    shortest: AtomicU64,
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
        let shortest = match self.shortest.load(Ordering::Relaxed) {
            0 => nanos,
            shortest => nanos.min(shortest + nanos.saturating_sub(shortest) / 64),
        };
        self.shortest.store(shortest, Ordering::Relaxed);
    }

    /// Who is served by what, among callers of this home.
    pub(super) fn tempo(&self, home: Home, processors: usize) -> Tempo {
        let shortest = Duration::from_nanos(self.shortest.load(Ordering::Relaxed));
        if !self.is_quick() || shortest >= VERY_QUICK {
            return Tempo::Slow;
        }
        let abreast = if home.processor.is_some() { ABREAST } else { ABREAST * processors };
        Tempo::Quick { abreast }
    }

    fn is_quick(&self) -> bool {
        let average = Duration::from_nanos(self.average.load(Ordering::Relaxed));
        !average.is_zero() && average < QUICK
    }

    /// How long an invocation waits for a running environment before one more is started for it.
    pub(super) fn patience(
        &self,
        queue_wait: Duration,
        live: usize,
        processors: usize,
    ) -> Duration {
        let patience = match self.is_quick() {
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

    #[track_caller]
    fn is_quick(durations: &[Duration], expected: bool) {
        let pace = Pace::default();
        for duration in durations {
            pace.observe(*duration);
        }
        let tempo = pace.tempo(Home { number: 1, processor: None }, 2);
        assert_eq!(tempo != Tempo::Slow, expected, "{durations:?}");
    }

    #[test]
    fn a_function_is_quick_while_its_shortest_invocations_are() {
        let (short, shared) = (Duration::from_micros(80), Duration::from_millis(4));
        is_quick(&[], false);
        is_quick(&[short], true);
        is_quick(&[&[short][..], &[shared; 6]].concat(), true);
        is_quick(&[&[short][..], &[shared; 60]].concat(), false);
        is_quick(&[short, Duration::from_secs(1)], false);
    }

    #[test]
    fn a_home_with_a_processor_runs_fewer_abreast() {
        let pace = Pace::default();
        pace.observe(Duration::from_micros(80));
        let abreast = |processor| pace.tempo(Home { number: 1, processor }, 4);
        assert_eq!(abreast(Some(3)), Tempo::Quick { abreast: 2 });
        assert_eq!(abreast(None), Tempo::Quick { abreast: 8 });
    }

    #[test]
    fn there_are_enough_environments_for_every_processor() {
        let pace = Pace::default();
        pace.observe(Duration::from_micros(200));
        assert_eq!(pace.patience(Duration::from_secs(2), 3, 2), PATIENCE_FOR_PROCESSORS);
    }
}
