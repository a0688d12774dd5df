//! A queue, a function that tests write, and the mappings between them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use messaging::{Outgoing, Queues};
use model::invoke::{FunctionErrorKind, InvokeFuture, Outcome};
use model::{
    Account, Arn, Clock, EventSourceMapping, FunctionError, FunctionName, Invocation, Invoke,
    InvokeRefusal, Moment, Queue, QueueName, Redrive, Reply, RequestId, Resource, Snapshot,
    SystemClock, Timestamp,
};
use serde_json::Value;
use store::{Memory, MessageStore};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::super::{EventSources, SourcePorts};

pub(super) type Answer = dyn Fn(&Value) -> Result<Outcome, InvokeRefusal> + Send + Sync;

/// A function that answers what the test says, and tells the test what it got.
pub(super) struct Function {
    pub(super) got: mpsc::Sender<Value>,
    answer: Box<Answer>,
    /// Lets invocations end, when the test holds them.
    pub(super) gate: tokio::sync::Semaphore,
    pub(super) running: Mutex<(usize, usize)>,
}

impl Invoke for Function {
    fn invoke(&self, invocation: Invocation) -> InvokeFuture<'_> {
        let event: Value = serde_json::from_slice(&invocation.event).expect("JSON");
        Box::pin(async move {
            {
                let mut running = self.running.lock().expect("no panic");
                running.0 += 1;
                running.1 = running.1.max(running.0);
            }
            let answer = (self.answer)(&event);
            if answer.is_ok() {
                self.got.try_send(event).expect("a test that reads");
                self.gate.acquire().await.expect("open").forget();
            }
            self.running.lock().expect("no panic").0 -= 1;
            let version = model::FunctionVersion::Latest;
            answer.map(|outcome| Reply { outcome, version, log_tail: None })
        })
    }

    fn note(&self, function: &FunctionName, _: RequestId, text: String) {
        panic!("of {function}: {text}");
    }
}

pub(super) struct Ground {
    pub(super) queues: Arc<Queues>,
    pub(super) function: Arc<Function>,
    pub(super) sources: EventSources,
    pub(super) got: mpsc::Receiver<Value>,
}

pub(super) fn name(text: &str) -> QueueName {
    QueueName::parse(text).expect("a name")
}

pub(super) fn arn(queue: &str) -> Arn {
    Account::default().arn("sqs", queue)
}

pub(super) fn mapping(queue: &str) -> EventSourceMapping {
    let function = Account::default().arn("lambda", "function:work");
    EventSourceMapping::new("m-1", arn(queue), function)
}

pub(super) fn succeed() -> Result<Outcome, InvokeRefusal> {
    Ok(Outcome::Payload(Bytes::from_static(b"null")))
}

pub(super) fn fail() -> Result<Outcome, InvokeRefusal> {
    let kind = FunctionErrorKind::Handled;
    Ok(Outcome::Error(FunctionError { kind, payload: Bytes::from_static(b"{}") }))
}

/// Tokio's clock, in a test that paused it.
#[derive(Debug)]
pub(super) struct Paused(pub(super) Instant);

impl Clock for Paused {
    fn moment(&self) -> Moment {
        Moment(1 << 40).plus(self.0.elapsed())
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp(1_800_000_000_000).plus(self.0.elapsed())
    }
}

impl Ground {
    /// Queues `dead` and this one, whose messages go there after two receives unless it says when.
    pub(super) async fn with(
        queue: Queue,
        answer: impl Fn(&Value) -> Result<Outcome, InvokeRefusal> + Send + Sync + 'static,
    ) -> Self {
        Self::by(Arc::new(SystemClock::start()), queue, answer).await
    }

    pub(super) async fn by(
        clock: Arc<dyn Clock>,
        mut queue: Queue,
        answer: impl Fn(&Value) -> Result<Outcome, InvokeRefusal> + Send + Sync + 'static,
    ) -> Self {
        let store: Arc<dyn MessageStore> = Arc::new(Memory::default());
        let queues = Arc::new(Queues::new(store, Arc::clone(&clock), Account::default(), 7));
        let dead = if queue.name.is_fifo() { "dead.fifo" } else { "dead" };
        queue.redrive = queue.redrive.or(Some(Redrive { to: arn(dead), after: 2 }));
        queues.install(vec![queue, Queue::new(name(dead))]).await.expect("installed");
        let (sender, got) = mpsc::channel(1_000);
        let function = Arc::new(Function {
            got: sender,
            answer: Box::new(answer),
            gate: tokio::sync::Semaphore::new(1_000_000),
            running: Mutex::default(),
        });
        let invoke = Arc::clone(&function) as Arc<dyn Invoke>;
        let ports = SourcePorts { queues: Arc::clone(&queues), invoke, clock };
        Self { queues, function, sources: EventSources::new(ports), got }
    }

    pub(super) async fn map(&self, mappings: Vec<EventSourceMapping>) {
        let queues: Vec<Queue> =
            mappings.iter().filter_map(EventSourceMapping::queue_name).map(Queue::new).collect();
        let mappings = mappings.into_iter().map(Resource::from);
        let snapshot: Snapshot = mappings.chain(queues.into_iter().map(Resource::from)).collect();
        self.sources.install(&snapshot).await;
    }

    pub(super) async fn send(&self, queue: &str, body: &str) {
        self.queues.send(&name(queue), message(body)).await.expect("sent");
    }

    /// The function's next event. Where time is paused, none in an hour is a failure at once.
    pub(super) async fn event(&mut self) -> Value {
        let event = tokio::time::timeout(Duration::from_hours(1), self.got.recv()).await;
        event.expect("an event within the hour").expect("a function that lives")
    }

    pub(super) async fn next(&mut self) -> Vec<String> {
        bodies(&self.event().await)
    }

    /// Waits until none of the queue's messages is visible.
    pub(super) async fn until_received(&self, queue: &str) {
        while self.queues.counts(&name(queue)).await.expect("counts").visible > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// How many messages the queue holds, visible or not.
    pub(super) async fn left(&self, queue: &str) -> u64 {
        let counts = self.queues.counts(&name(queue)).await.expect("counts");
        counts.visible + counts.in_flight + counts.delayed
    }

    /// Waits until the queue holds so many.
    pub(super) async fn until_left(&self, queue: &str, left: u64) {
        while self.left(queue).await != left {
            tokio::task::yield_now().await;
        }
    }
}

pub(super) fn message(body: &str) -> Outgoing {
    Outgoing { body: body.to_owned(), ..Outgoing::default() }
}

pub(super) fn grouped(group: &str, body: &str) -> Outgoing {
    let (group, deduplication) = (Some(group.to_owned()), Some(body.trim_end().to_owned()));
    Outgoing { group, deduplication, ..message(body) }
}

/// As large as a message may be. Five of them make a batch.
pub(super) fn large(number: usize) -> String {
    let number = number.to_string();
    let rest = " ".repeat(1_048_576 - number.len());
    number + &rest
}

pub(super) fn bodies(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().expect("records");
    records.iter().map(|record| record["body"].as_str().expect("a body").to_owned()).collect()
}

pub(super) fn jobs() -> Queue {
    let mut queue = Queue::new(name("jobs"));
    queue.visibility = Duration::from_millis(100);
    queue
}
