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

    /// Runs on a real clock: what is measured is this thread being busy.
    #[test]
    fn a_busy_thread_is_late_and_a_resting_one_is_not() {
        const MOST: Duration = Duration::from_millis(40);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        tokio::task::LocalSet::new().block_on(&runtime.expect("a runtime"), async {
            let lag = Lag::default();
            assert_eq!(lag.now(MOST), Duration::ZERO);
            while lag.now(MOST) < MOST {
                let busy = Instant::now();
                while busy.elapsed() < 4 * MOST {
                    std::hint::spin_loop();
                }
                tokio::task::yield_now().await;
            }
            while lag.0.is_running.get() {
                tokio::time::sleep(MOST).await;
            }
            assert_eq!(lag.now(MOST), Duration::ZERO, "it begins anew");
        });
    }
}
