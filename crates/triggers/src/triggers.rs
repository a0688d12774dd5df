//! All triggers of a server: what is planned, what is under way, and what they meet the rest by.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use model::{Account, Arn, Clock, Deliver, RequestId, ResourceId, Timestamp, Timetable};
use store::{OutgoingEvent, Store, StoreError};
use tokio::sync::Notify;

use crate::bus::Rules;
use crate::clockwork::Plan;
use crate::metrics::Tally;
use crate::schedule::Upcoming;

/// What triggers need of a server.
pub struct Ports {
    pub account: Account,
    pub clock: Arc<dyn Clock>,
    pub store: Arc<dyn Store>,
    pub deliver: Arc<dyn Deliver>,
    /// Removes schedules after their last run.
    pub completed: Arc<dyn Completed>,
    /// Where random ids begin.
    pub seed: u64,
}

/// Removes what has run for the last time and is to be removed then.
pub trait Completed: Send + Sync {
    /// Unless somebody has changed when it runs. Whatever stays is asked for again.
    fn remove(&self, ended: Vec<Ended>) -> Removing<'_>;
}

pub type Removing<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A schedule that has run for the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub id: ResourceId,
    pub timetable: Timetable,
}

/// Why something was not started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TriggerError {
    #[error("no enabled schedule or rule is {0}")]
    NotPlanned(Arn),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Schedules, rules and the events that they sent. One per server; [`Triggers::run`] drives it.
pub struct Triggers {
    pub(crate) ports: Ports,
    pub(crate) plan: Mutex<Plan>,
    pub(crate) rules: ArcSwap<Rules>,
    /// What targets have yet to take and nobody is delivering, the next one first.
    pub(crate) waiting: Mutex<BTreeMap<(Timestamp, String), OutgoingEvent>>,
    /// Whoever changes marks in the store holds it: firings and installations.
    pub(crate) marking: tokio::sync::Mutex<()>,
    /// There is something to look at before the next due time.
    pub(crate) wake: Notify,
    pub(crate) tally: Tally,
    random: Mutex<fastrand::Rng>,
}

impl Triggers {
    /// Goes on where the store says that the last run ended.
    pub async fn open(ports: Ports) -> Result<Arc<Self>, StoreError> {
        let waiting = ports.store.outgoing_events().await?;
        let marks = ports.store.schedule_marks().await?;
        let random = Mutex::new(fastrand::Rng::with_seed(ports.seed));
        let key = |event: &OutgoingEvent| (event.next, event.id.clone());
        Ok(Arc::new(Self {
            ports,
            plan: Mutex::new(Plan::of(marks)),
            rules: ArcSwap::default(),
            waiting: Mutex::new(waiting.into_iter().map(|event| (key(&event), event)).collect()),
            marking: tokio::sync::Mutex::default(),
            wake: Notify::new(),
            tally: Tally::default(),
            random,
        }))
    }

    /// Looks at the clock again, which somebody moved.
    pub fn look_again(&self) {
        self.wake.notify_one();
    }

    /// Prometheus's text format.
    pub fn metrics(&self) -> String {
        self.tally.expose(locked(&self.waiting).len())
    }

    /// The next due times of an enabled schedule or rule.
    pub fn upcoming(&self, arn: &Arn, most: usize) -> Option<Upcoming> {
        let now = self.ports.clock.timestamp();
        locked(&self.plan).upcoming(arn, now, most)
    }

    /// Runs a schedule or rule once, besides its due times.
    pub async fn run_now(&self, arn: &Arn) -> Result<(), TriggerError> {
        let now = self.ports.clock.timestamp();
        let planned = locked(&self.plan).planned(arn);
        let planned = planned.ok_or_else(|| TriggerError::NotPlanned(arn.clone()))?;
        let account = &self.ports.account;
        let mut events = crate::schedule::firing::events(&planned, account, now, now);
        for event in &mut events {
            (event.born, event.next) = (now, now);
        }
        self.put_out(events).await?;
        Ok(())
    }

    /// Keeps events and then lets them go their way.
    pub(crate) async fn put_out(&self, events: Vec<OutgoingEvent>) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        self.ports.store.put_out(Vec::new(), events.clone()).await?;
        self.tally.fired.add(events.len());
        self.let_go(events);
        Ok(())
    }

    /// They are kept already.
    pub(crate) fn let_go(&self, events: Vec<OutgoingEvent>) {
        let mut waiting = locked(&self.waiting);
        for event in events {
            waiting.insert((event.next, event.id.clone()), event);
        }
        drop(waiting);
        self.wake.notify_one();
    }

    pub(crate) fn new_id(&self) -> RequestId {
        RequestId::from_random(locked(&self.random).u128(..))
    }
}

/// What a panic left is whole: changes under these locks are single insertions and removals.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
