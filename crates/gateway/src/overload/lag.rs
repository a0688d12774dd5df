//! How late a worker comes to what is ready to be done.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use tokio::time::Instant;

/// Measured on one thread while requests arrive there: a timer says when it should have run, and how
/// much later it did is the lag.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lag(Rc<Measured>);

#[derive(Debug, Default)]
struct Measured {
    lag: Cell<Duration>,
    is_running: Cell<bool>,
    was_asked: Cell<bool>,
}

/// The timer rests when nobody has asked for this many turns.
const IDLE_TURNS: u32 = 20;
const SHORTEST: Duration = Duration::from_millis(1);

impl Lag {
    /// The lag as measured last; `most` is the one that matters, which sets how often it is measured.
    /// Must be called within a `LocalSet`.
    pub(crate) fn now(&self, most: Duration) -> Duration {
        self.0.was_asked.set(true);
        if !self.0.is_running.replace(true) {
            self.0.lag.set(Duration::ZERO);
            tokio::task::spawn_local(measure(Rc::downgrade(&self.0), (most / 4).max(SHORTEST)));
        }
        self.0.lag.get()
    }
}

async fn measure(measured: Weak<Measured>, every: Duration) {
    let mut idle = 0;
    while idle < IDLE_TURNS {
        let due = Instant::now() + every;
        tokio::time::sleep_until(due).await;
        let late = due.elapsed();
        let Some(measured) = measured.upgrade() else { return };
        // Half of what was known, so that one late turn does not turn everybody away.
        measured.lag.set((measured.lag.get() + late) / 2);
        idle = if measured.was_asked.take() { 0 } else { idle + 1 };
    }
    if let Some(measured) = measured.upgrade() {
        measured.is_running.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_millis(40);
    /// How often it is measured.
    const TURN: Duration = Duration::from_millis(10);

    /// Time stands still unless the test moves it: a jump is a thread that was busy for so long.
    fn run(test: impl Future<Output = ()>) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
        tokio::task::LocalSet::new().block_on(&runtime, test);
    }

    /// Whether it is what is expected, or so little more that a timer's tick explains it.
    fn is_about(lag: Duration, expected: Duration) -> bool {
        lag >= expected && lag < expected + Duration::from_millis(2)
    }

    #[test]
    fn a_busy_thread_is_late_and_recovers_by_halves() {
        run(async {
            let lag = Lag::default();
            assert_eq!(lag.now(MOST), Duration::ZERO);
            tokio::task::yield_now().await;
            tokio::time::advance(TURN + 2 * MOST).await;
            for expected in [MOST, MOST / 2, MOST / 4] {
                tokio::task::yield_now().await;
                let measured = lag.now(MOST);
                assert!(is_about(measured, expected), "{measured:?}, not {expected:?}");
                tokio::time::sleep(TURN).await;
            }
        });
    }

    #[test]
    fn the_timer_rests_when_nobody_asks_and_forgets_what_it_knew() {
        run(async {
            let lag = Lag::default();
            lag.now(MOST);
            tokio::task::yield_now().await;
            tokio::time::advance(TURN + 1000 * MOST).await;
            tokio::task::yield_now().await;
            let turns = TURN * (IDLE_TURNS - 1);
            tokio::time::sleep(turns).await;
            assert!(lag.0.is_running.get(), "somebody may still ask");
            tokio::time::sleep(3 * TURN).await;
            assert!(!lag.0.is_running.get());
            lag.0.lag.set(MOST);
            assert_eq!(lag.now(MOST), Duration::ZERO, "what is old says nothing");
        });
    }
}
