//! How many requests may be under way to an upstream, counted over all workers.

mod slot;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use limits::adaptive::{Adaptive, Outcome};
use model::{Concurrency, ConcurrencyBound, Moment};
use tokio::sync::{Semaphore, SemaphorePermit};

pub(crate) use slot::Slot;

/// A closed gate lets requests wait in line for a while; who comes when the line is full, or waits
/// too long, is told to come back.
#[derive(Debug)]
pub(crate) struct Gate {
    definition: Concurrency,
    slots: Semaphore,
    /// The bound that holds now.
    bound: AtomicU32,
    /// Slots that a bound which shrank takes away as soon as they are given back.
    surplus: AtomicU32,
    in_flight: AtomicU32,
    waiting: AtomicU32,
    refused: AtomicU64,
    adaptive: Option<Mutex<Adaptive>>,
}

/// The upstream has all the requests it is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

/// A gate as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gauge {
    pub(crate) bound: u32,
    pub(crate) in_flight: u32,
    pub(crate) waiting: u32,
    pub(crate) refused: u64,
}

impl Gate {
    pub(crate) fn new(definition: Concurrency) -> Arc<Self> {
        let adaptive = match definition.bound {
            ConcurrencyBound::Fixed(_) => None,
            ConcurrencyBound::Adaptive { floor, ceiling } => {
                Some(Adaptive::between(floor, ceiling))
            }
        };
        let bound = match (&adaptive, definition.bound) {
            (None, ConcurrencyBound::Fixed(most)) => most,
            (adaptive, _) => adaptive.as_ref().map_or(1, Adaptive::limit),
        };
        Arc::new(Self {
            definition,
            slots: Semaphore::new(bound as usize),
            bound: AtomicU32::new(bound),
            surplus: AtomicU32::default(),
            in_flight: AtomicU32::default(),
            waiting: AtomicU32::default(),
            refused: AtomicU64::default(),
            adaptive: adaptive.map(Mutex::new),
        })
    }

    pub(crate) fn definition(&self) -> &Concurrency {
        &self.definition
    }

    pub(crate) fn gauge(&self) -> Gauge {
        Gauge {
            bound: self.bound.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            waiting: self.waiting.load(Relaxed),
            refused: self.refused.load(Relaxed),
        }
    }

    /// A slot at once, or in turn within the time that the definition allows for waiting.
    pub(crate) async fn enter(self: &Arc<Self>) -> Result<Slot, Busy> {
        match self.slots.try_acquire() {
            Ok(permit) => Ok(self.admit(permit)),
            Err(_) => self.wait_in_line().await.inspect_err(|Busy| {
                self.refused.fetch_add(1, Relaxed);
            }),
        }
    }

    async fn wait_in_line(self: &Arc<Self>) -> Result<Slot, Busy> {
        let Some(_place) = Place::take(&self.waiting, self.definition.queue) else {
            return Err(Busy);
        };
        let turn = tokio::time::timeout(self.definition.wait, self.slots.acquire()).await;
        match turn {
            Ok(Ok(permit)) => Ok(self.admit(permit)),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }

    /// The slot gives the permit back itself, since the bound may have shrunk by then.
    fn admit(self: &Arc<Self>, permit: SemaphorePermit<'_>) -> Slot {
        permit.forget();
        self.in_flight.fetch_add(1, Relaxed);
        Slot::of(Arc::clone(self))
    }

    /// Takes into account how a request went, where the bound depends on it.
    fn learn(&self, outcome: Outcome, now: Moment) {
        let Some(adaptive) = &self.adaptive else { return };
        let in_flight = self.in_flight.load(Relaxed);
        let mut adaptive = adaptive.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.bound.load(Relaxed);
        let after = adaptive.ended(outcome, in_flight, now);
        // Under the lock, so that two changes do not cross.
        if after > before {
            self.widen(after - before);
        } else if after < before {
            self.narrow(before - after);
        }
        self.bound.store(after, Relaxed);
    }

    fn widen(&self, by: u32) {
        let mut left = by;
        while left > 0 && self.pay_surplus() {
            left -= 1;
        }
        self.slots.add_permits(left as usize);
    }

    fn narrow(&self, by: u32) {
        let taken = u32::try_from(self.slots.forget_permits(by as usize)).unwrap_or(by);
        self.surplus.fetch_add(by - taken, Relaxed);
    }

    /// Whether a slot was owed, which is then settled.
    fn pay_surplus(&self) -> bool {
        self.surplus.fetch_update(Relaxed, Relaxed, |owed| owed.checked_sub(1)).is_ok()
    }

    fn leave(&self) {
        self.in_flight.fetch_sub(1, Relaxed);
        if !self.pay_surplus() {
            self.slots.add_permits(1);
        }
    }

    /// How long a refused request is told to stay away.
    pub(crate) const COME_BACK: Duration = Duration::from_secs(1);
}

/// A place in the line, given up however the wait ends.
struct Place<'a>(&'a AtomicU32);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicU32, most: u32) -> Option<Self> {
        let taken =
            waiting.fetch_update(Relaxed, Relaxed, |now| (now < most).then_some(now + 1)).is_ok();
        taken.then(|| Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests;
