//! What tests stand on: triggers whose clock is moved by hand and whose targets note what they get.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::deliver::DeliverFuture;
use model::schedule::Dialect;
use model::{
    Account, Clock, Deliver, DeliverError, Delivered, Delivery, EventTarget, ManualClock,
    MessageOptions, Missed, Resource, ResourceId, Schedule, ScheduleExpression, ScheduleName,
    Snapshot, Target, Timestamp,
};
use store::{Memory, Store};
use tokio::sync::mpsc;

use crate::{Completed, Ended, Ports, Removing, Triggers};

/// One run of a server over a store and a clock that outlive it.
pub(super) struct Ground {
    pub(super) clock: Arc<ManualClock>,
    pub(super) store: Arc<Memory>,
    pub(super) triggers: Arc<Triggers>,
    targets: Arc<Targets>,
    got: mpsc::Receiver<Delivery>,
    completed: Arc<Mutex<Vec<Vec<ResourceId>>>>,
    run: tokio::task::JoinHandle<()>,
}

/// Notes what it gets, and fails as it was told to.
struct Targets {
    got: mpsc::Sender<Delivery>,
    failures: Mutex<VecDeque<DeliverError>>,
}

impl Deliver for Targets {
    fn deliver(&self, delivery: Delivery) -> DeliverFuture<'_> {
        let failure = self.failures.lock().expect("no panic").pop_front();
        self.got.try_send(delivery).expect("a test that reads");
        let answer = failure.map_or(Ok(Delivered { id: "1".to_owned() }), Err);
        Box::pin(std::future::ready(answer))
    }
}

/// Of what was to be removed at once.
struct Heard(Arc<Mutex<Vec<Vec<ResourceId>>>>);

impl Completed for Heard {
    fn remove(&self, ended: Vec<Ended>) -> Removing<'_> {
        self.0.lock().expect("no panic").push(ended.into_iter().map(|one| one.id).collect());
        Box::pin(std::future::ready(()))
    }
}

impl Ground {
    pub(super) async fn at(now: &str, resources: Vec<Resource>) -> Self {
        let clock = Arc::new(ManualClock::at(time(now)));
        Self::start(clock, Arc::new(Memory::default()), resources).await
    }

    async fn start(clock: Arc<ManualClock>, store: Arc<Memory>, resources: Vec<Resource>) -> Self {
        let (sender, got) = mpsc::channel(10_000);
        let targets = Arc::new(Targets { got: sender, failures: Mutex::default() });
        let completed = Arc::new(Mutex::default());
        let ports = Ports {
            account: Account::default(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            store: Arc::clone(&store) as Arc<dyn Store>,
            deliver: Arc::clone(&targets) as Arc<dyn Deliver>,
            completed: Arc::new(Heard(Arc::clone(&completed))),
            seed: 7,
        };
        let triggers = Triggers::open(ports).await.expect("opened");
        triggers.install(&resources.into_iter().collect()).await.expect("installed");
        let run = tokio::spawn(Arc::clone(&triggers).run());
        Self { clock, store, triggers, targets, got, completed, run }
    }

    /// As after a kill: nothing but the store and the clock goes on.
    pub(super) async fn again_after(self, downtime: Duration, resources: Vec<Resource>) -> Self {
        self.run.abort();
        let _ = self.run.await;
        self.clock.advance(downtime);
        Self::start(self.clock, self.store, resources).await
    }

    pub(super) async fn install(&self, resources: Vec<Resource>) {
        let snapshot: Snapshot = resources.into_iter().collect();
        self.triggers.install(&snapshot).await.expect("installed");
    }

    /// Moves the clock and lets everybody look at it.
    pub(super) fn pass(&self, span: Duration) {
        self.clock.advance(span);
        self.triggers.look_again();
    }

    /// Sets the wall clock, and lets everybody look at it.
    pub(super) fn set(&self, now: &str) {
        self.clock.set(time(now));
        self.triggers.look_again();
    }

    pub(super) fn fail_with(&self, errors: impl IntoIterator<Item = DeliverError>) {
        self.targets.failures.lock().expect("no panic").extend(errors);
    }

    /// The next delivery, however long it takes.
    pub(super) async fn next(&mut self) -> Delivery {
        self.got.recv().await.expect("targets that live")
    }

    /// Nothing comes as long as nobody moves the clock.
    pub(super) async fn nothing_more(&mut self) {
        // Everything that is due is under way once the loop has gone round and come to rest.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(self.got.try_recv().is_err(), "a delivery too many");
    }

    /// What was to be removed, a line for each time.
    pub(super) fn completed(&self) -> Vec<String> {
        let completed = self.completed.lock().expect("no panic");
        let together = |ids: &Vec<ResourceId>| {
            ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        completed.iter().map(together).collect()
    }

    /// Waits until it is noted that the event was tried so often.
    pub(super) async fn until_postponed(&self, attempts: u32) {
        use store::EventStore;
        loop {
            let events = self.store.outgoing_events().await.expect("events");
            if events.iter().any(|event| event.attempts == attempts) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the store holds so many events on their way.
    pub(super) async fn until_outgoing(&self, count: usize) {
        use store::EventStore;
        while self.store.outgoing_events().await.expect("events").len() != count {
            tokio::task::yield_now().await;
        }
    }
}

pub(super) fn time(text: &str) -> Timestamp {
    // Tests write whole seconds of UTC.
    let (date, clock) = text.trim_end_matches('Z').split_once('T').expect("a time");
    let number = |text: &str| text.parse::<i64>().expect("a number");
    let parts: Vec<i64> = date.split('-').chain(clock.split(':')).map(number).collect();
    let day = model::Day::of(
        i32::try_from(parts[0]).expect("a year"),
        u32::try_from(parts[1]).expect("a month"),
        u32::try_from(parts[2]).expect("a day"),
    );
    let days = i64::from(day.expect("a day").0);
    let seconds = ((days * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5];
    Timestamp(u64::try_from(seconds * 1000).expect("after 1970"))
}

/// A schedule whose target is the queue `jobs`.
pub(super) fn schedule(name: &str, expression: &str) -> Schedule {
    let expression = ScheduleExpression::parse(expression, Dialect::Scheduler);
    let name = ScheduleName::parse(name).expect("a name");
    let mut schedule = Schedule::new(name, expression.expect("an expression"));
    schedule.targets = vec![queue_target("1", "jobs")];
    schedule
}

/// One that has a due time each day at noon.
pub(super) fn at_noon(missed: Missed) -> Vec<Resource> {
    let mut noon = schedule("noon", "cron(0 12 * * ? *)");
    noon.missed = missed;
    vec![noon.into()]
}

pub(super) fn queue_target(id: &str, queue: &str) -> EventTarget {
    EventTarget::new(id, Account::default().arn("sqs", queue))
}

/// Who got what, in short: `jobs 2026-11-21T12:00:00Z`.
pub(super) fn due(delivery: &Delivery) -> String {
    let event: serde_json::Value = serde_json::from_slice(&delivery.payload).expect("JSON");
    format!("{} {}", queue(delivery).0, event["time"].as_str().expect("a time"))
}

pub(super) fn queue(delivery: &Delivery) -> (&str, &MessageOptions) {
    match &delivery.target {
        Target::Queue { name, options } => (name.as_str(), options),
        other => panic!("{other:?} is no queue"),
    }
}
