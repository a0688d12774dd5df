//! Wakes receives that wait: one for each arrival, who has waited longest first. Nobody polls.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Timestamp;
use tokio::sync::{Notify, Semaphore};

const NEVER: u64 = u64::MAX;

pub(crate) struct Arrivals {
    line: Mutex<Line>,
    /// The earliest time at which a hidden message may become visible.
    alarm: AtomicU64,
    alarm_is_earlier: Notify,
    /// Who has it watches the alarm for all who wait.
    watch: Semaphore,
    is_over: AtomicBool,
}

/// Who waits, by the order in which they came. Who is woken and finds nothing keeps its place.
#[derive(Default)]
struct Line {
    places: u64,
    asleep: BTreeMap<u64, Arc<Notify>>,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self {
            line: Mutex::default(),
            alarm: AtomicU64::new(NEVER),
            alarm_is_earlier: Notify::new(),
            watch: Semaphore::new(1),
            is_over: AtomicBool::new(false),
        }
    }
}

/// A place among those who wait. A wake-up that its owner does not use goes to the next.
pub(crate) struct Waiting<'a> {
    arrivals: &'a Arrivals,
    place: u64,
    woken: Arc<Notify>,
    passes_on: bool,
}

impl Arrivals {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn came(&self) {
        if let Some((_, first)) = self.line().asleep.pop_first() {
            first.notify_one();
        }
    }

    /// A message becomes visible by itself then.
    pub(crate) fn hidden_until(&self, until: Timestamp) {
        if self.alarm.fetch_min(until.0, Ordering::SeqCst) > until.0 {
            self.alarm_is_earlier.notify_one();
        }
    }

    /// Nothing will ever come again.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        for (_, waiting) in std::mem::take(&mut self.line().asleep) {
            waiting.notify_one();
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// From now on no arrival is missed.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        let woken = Arc::new(Notify::new());
        let mut line = self.line();
        line.places += 1;
        let place = line.places;
        line.asleep.insert(place, Arc::clone(&woken));
        Waiting { arrivals: self, place, woken, passes_on: false }
    }

    /// Ends when the alarm has gone off. Of all who call this, one does the work.
    async fn alarm(&self, now: impl Fn() -> Timestamp) {
        let Ok(_watch) = self.watch.acquire().await else { return std::future::pending().await };
        loop {
            let alarm = self.alarm.load(Ordering::SeqCst);
            let rest = Duration::from_millis(alarm.saturating_sub(now().0));
            if alarm != NEVER && rest.is_zero() {
                // Whoever claims next learns of the alarm after this one.
                let _ =
                    self.alarm.compare_exchange(alarm, NEVER, Ordering::SeqCst, Ordering::SeqCst);
                return;
            }
            tokio::select! {
                () = sleep(rest, alarm) => {}
                () = self.alarm_is_earlier.notified() => {}
            }
        }
    }
}

async fn sleep(rest: Duration, alarm: u64) {
    if alarm == NEVER { std::future::pending().await } else { tokio::time::sleep(rest).await }
}

impl Waiting<'_> {
    /// Until there may be a message, or `rest` has gone by. Tells whether to look.
    pub(crate) async fn arrival(&mut self, rest: Duration, now: impl Fn() -> Timestamp) -> bool {
        let arrivals = self.arrivals;
        tokio::select! {
            biased;
            () = self.woken.notified() => {
                // Before it looks, so that what comes meanwhile wakes it again.
                arrivals.line().asleep.insert(self.place, Arc::clone(&self.woken));
                self.passes_on = true;
                true
            }
            () = arrivals.alarm(now) => {
                self.passes_on = true;
                true
            }
            () = tokio::time::sleep(rest) => false,
        }
    }

    /// There was nothing more for anybody.
    pub(crate) fn found_all(&mut self) {
        self.passes_on = false;
    }

    /// There may be something for the next one, too.
    pub(crate) fn found_enough(&mut self) {
        self.passes_on = true;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // Not there: it was woken and has not noticed.
        let was_asleep = self.arrivals.line().asleep.remove(&self.place).is_some();
        if self.passes_on || !was_asleep {
            self.arrivals.came();
        }
    }
}
