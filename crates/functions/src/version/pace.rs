//! How long a function's invocations take lately, and what that says about starting another
//! environment for one that waits.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::home::Home;
use crate::pool::Tempo;

/// A start costs tens of milliseconds of processor time, so a short wait is cheaper.
const PATIENCE: Duration = Duration::from_millis(3);

/// While processors may still be idle, a queue of quick invocations is worth another environment
/// as soon as it is one.
const PATIENCE_FOR_PROCESSORS: Duration = Duration::from_millis(1);

/// With two environments for each processor that keep it busy, one more would only be one more to
/// wait for it, unless the function has become slow.
const PATIENCE_WITH_QUICK: Duration = Duration::from_millis(100);

/// What is quicker than this is woken and put to sleep for much of its time.
const BRIEF: Duration = Duration::from_micros(500);

/// A function of which some invocations are brief, but not most, is not.
const SELDOM_BRIEF: Duration = Duration::from_millis(10);

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
    /// Lately invocations kept each other waiting for a processor.
    is_shared: AtomicBool,
}

impl Pace {
    /// Two at once may overwrite each other; averages bear that.
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
        // What took half as long again as it could was kept waiting. Invocations that wait for
        // something else take as long however many they are.
        if average >= shortest + shortest / 2 {
            self.is_shared.store(true, Ordering::Relaxed);
        } else if average < shortest + shortest / 8 {
            self.is_shared.store(false, Ordering::Relaxed);
        }
    }

    /// Whether an environment should run beside the thread that drives it.
    pub(super) fn is_brief(&self) -> bool {
        let (average, shortest) = self.durations();
        !average.is_zero() && average < SELDOM_BRIEF && shortest < BRIEF
    }

    /// Who is served by what, among callers of this home.
    pub(super) fn tempo(&self, home: Home, processors: usize) -> Tempo {
        if !self.is_brief() {
            return Tempo::Slow;
        }
        let is_shared = self.is_shared.load(Ordering::Relaxed);
        Tempo::Quick { abreast: if is_shared { abreast(home, processors) } else { usize::MAX } }
    }

    /// How long an invocation waits for a running environment before one more is started for it.
    pub(super) fn patience(
        tempo: Tempo,
        queue_wait: Duration,
        live: usize,
        processors: usize,
    ) -> Duration {
        let patience = match tempo {
            Tempo::Slow | Tempo::Quick { abreast: usize::MAX } => PATIENCE,
            Tempo::Quick { .. } if live < 2 * processors => PATIENCE_FOR_PROCESSORS,
            Tempo::Quick { .. } => PATIENCE_WITH_QUICK,
        };
        patience.min(queue_wait / 2)
    }

    fn durations(&self) -> (Duration, Duration) {
        let read = |cell: &AtomicU64| Duration::from_nanos(cell.load(Ordering::Relaxed));
        (read(&self.average), read(&self.shortest))
    }
}

/// How many environments of a home keep its processor busy, or the home's share of all of them.
pub(super) fn abreast(home: Home, processors: usize) -> usize {
    if home.processor.is_some() { ABREAST } else { ABREAST * processors }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRIEFLY: Duration = Duration::from_micros(80);
    const SHARED: Duration = Duration::from_micros(240);

    fn pace(durations: &[Duration]) -> Pace {
        let pace = Pace::default();
        for duration in durations {
            pace.observe(*duration);
        }
        pace
    }

    /// How many run at a time after these durations; `None` if it does not matter.
    #[track_caller]
    fn check(durations: &[Duration], expected: Option<usize>) {
        let tempo = pace(durations).tempo(Home { number: 1, processor: None }, 2);
        let expected = expected.map_or(Tempo::Slow, |abreast| Tempo::Quick { abreast });
        assert_eq!(tempo, expected, "{durations:?}");
    }

    #[test]
    fn a_function_is_brief_while_its_shortest_invocations_are() {
        let long = Duration::from_millis(4);
        check(&[], None);
        check(&[BRIEFLY], Some(usize::MAX));
        check(&[&[BRIEFLY][..], &[long; 6]].concat(), Some(4));
        check(&[&[BRIEFLY][..], &[long; 60]].concat(), None);
        check(&[BRIEFLY, Duration::from_secs(1)], None);
    }

    #[test]
    fn invocations_that_share_a_processor_are_few_at_a_time_and_those_that_wait_are_not() {
        let shared = [&[BRIEFLY][..], &[SHARED; 8]].concat();
        check(&shared, Some(4));
        check(&[&shared[..], &[BRIEFLY + BRIEFLY / 2; 16]].concat(), Some(4));
        check(&[&shared[..], &[BRIEFLY; 32]].concat(), Some(usize::MAX));
        check(&[SHARED, SHARED + SHARED / 4, SHARED, SHARED + SHARED / 4], Some(usize::MAX));
    }

    #[test]
    fn a_home_with_a_processor_runs_fewer_abreast() {
        let pace = pace(&[BRIEFLY, SHARED, SHARED, SHARED, SHARED]);
        let tempo = |processor| pace.tempo(Home { number: 1, processor }, 4);
        assert_eq!(tempo(Some(3)), Tempo::Quick { abreast: 2 });
        assert_eq!(tempo(None), Tempo::Quick { abreast: 8 });
    }

    #[test]
    fn only_quick_functions_let_their_callers_wait() {
        let patience = |tempo, live| Pace::patience(tempo, Duration::from_secs(2), live, 2);
        let quick = Tempo::Quick { abreast: 2 };
        assert_eq!(patience(Tempo::Slow, 4), PATIENCE);
        assert_eq!(patience(Tempo::Quick { abreast: usize::MAX }, 4), PATIENCE);
        assert_eq!(patience(quick, 3), PATIENCE_FOR_PROCESSORS);
        assert_eq!(patience(quick, 4), PATIENCE_WITH_QUICK);
    }

    #[test]
    fn a_start_is_made_well_before_the_wait_is_over() {
        let patience = Pace::patience(Tempo::Quick { abreast: 2 }, Duration::from_millis(50), 4, 2);
        assert_eq!(patience, Duration::from_millis(25));
    }
}
