//! Producers and consumers that go on through the deaths of their server.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Client;
use super::ledger::{Ledger, Receipt};

const PRODUCERS: usize = 16;
const CONSUMERS: usize = 16;
/// One in so many receipts is not deleted.
const ABANDONED: u64 = 40;

struct Shared {
    /// Where the server is, and in which of its lives.
    server: Mutex<(usize, String)>,
    lives: Condvar,
    acknowledged: AtomicUsize,
    progress: (Mutex<()>, Condvar),
    is_over: AtomicBool,
    is_drained: AtomicBool,
    ledger: Mutex<Ledger>,
    begun: Instant,
}

pub(super) struct Load {
    shared: Arc<Shared>,
    producers: Vec<JoinHandle<()>>,
    consumers: Vec<JoinHandle<()>>,
}

/// A client of the server as it lives now.
struct Caller {
    shared: Arc<Shared>,
    life: usize,
    client: Client,
}

impl Load {
    #[expect(clippy::disallowed_methods, reason = "times of answers are compared, not waited for")]
    pub(super) fn start(aws: &str) -> Self {
        let shared = Arc::new(Shared {
            server: Mutex::new((0, aws.to_owned())),
            lives: Condvar::new(),
            acknowledged: AtomicUsize::new(0),
            progress: Default::default(),
            is_over: AtomicBool::new(false),
            is_drained: AtomicBool::new(false),
            ledger: Mutex::default(),
            begun: Instant::now(),
        });
        let spawn = |work: fn(Caller, usize), number| {
            let caller = Caller::of(&shared);
            std::thread::spawn(move || work(caller, number))
        };
        let producers = (0..PRODUCERS).map(|number| spawn(produce, number)).collect();
        let consumers = (0..CONSUMERS).map(|number| spawn(consume, number)).collect();
        Self { shared, producers, consumers }
    }

    /// Until so many messages were acknowledged.
    pub(super) fn wait_for(&self, acknowledged: usize) {
        let (lock, progress) = &self.shared.progress;
        let mut guard = lock.lock().expect("no panic");
        while self.shared.acknowledged.load(Ordering::SeqCst) < acknowledged {
            guard = progress.wait_timeout(guard, Duration::from_secs(1)).expect("no panic").0;
            let all = self.producers.iter().chain(&self.consumers);
            assert!(all.into_iter().all(|thread| !thread.is_finished()), "one of them failed");
        }
    }

    pub(super) fn goes_on(&self, aws: &str) {
        let mut server = self.shared.server.lock().expect("no panic");
        *server = (server.0 + 1, aws.to_owned());
        self.shared.lives.notify_all();
    }

    /// Receives all that is left.
    pub(super) fn end(self) -> Ledger {
        self.shared.is_over.store(true, Ordering::SeqCst);
        for producer in self.producers {
            producer.join().expect("no panic");
        }
        let client = Client::of(&self.shared.server.lock().expect("no panic").1);
        while self.consumers.iter().all(|consumer| !consumer.is_finished()) && left(&client) > 0 {
            std::thread::yield_now();
        }
        self.shared.is_drained.store(true, Ordering::SeqCst);
        for consumer in self.consumers {
            consumer.join().expect("no panic");
        }
        std::mem::take(&mut self.shared.ledger.lock().expect("no panic"))
    }
}

fn left(client: &Client) -> u64 {
    let counts = ["jobs", "jobs.fifo"].map(|queue| {
        let all = json!({ "AttributeNames": ["All"] });
        let answer = client.ask("GetQueueAttributes", queue, all).expect("nobody kills it now");
        let count = |name: &str| {
            let count = answer["Attributes"][name].as_str().and_then(|text| text.parse().ok());
            count.unwrap_or(0_u64)
        };
        count("ApproximateNumberOfMessages") + count("ApproximateNumberOfMessagesNotVisible")
    });
    counts.iter().sum()
}

impl Caller {
    fn of(shared: &Arc<Shared>) -> Self {
        let (life, aws) = shared.server.lock().expect("no panic").clone();
        Self { shared: Arc::clone(shared), life, client: Client::of(&aws) }
    }

    fn ask(&mut self, action: &str, queue: &str, settings: Value) -> Option<Value> {
        let answer = self.client.ask(action, queue, settings);
        if answer.is_none() {
            self.wait_for_another_life();
        }
        answer
    }

    fn wait_for_another_life(&mut self) {
        let mut server = self.shared.server.lock().expect("no panic");
        while server.0 == self.life {
            server = self.shared.lives.wait(server).expect("no panic");
        }
        self.life = server.0;
        self.client = Client::of(&server.1);
    }

    /// Milliseconds.
    fn now(&self) -> u128 {
        self.shared.begun.elapsed().as_millis()
    }
}

fn produce(mut caller: Caller, producer: usize) {
    let is_fifo = !producer.is_multiple_of(2);
    for number in 0.. {
        if caller.shared.is_over.load(Ordering::SeqCst) {
            return;
        }
        let body = format!("{producer}.{number}");
        let settings = if is_fifo {
            let group = format!("group-{producer}");
            json!({ "MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": body })
        } else {
            json!({ "MessageBody": body })
        };
        let queue = if is_fifo { "jobs.fifo" } else { "jobs" };
        // Of a message that may have been kept a FIFO queue takes no second copy.
        let sent = loop {
            match caller.ask("SendMessage", queue, settings.clone()) {
                Some(sent) => break Some(sent),
                None if is_fifo => {}
                None => break None,
            }
        };
        if sent.is_some() {
            caller.shared.ledger.lock().expect("no panic").sent(body);
            caller.shared.acknowledged.fetch_add(1, Ordering::SeqCst);
            caller.shared.progress.1.notify_all();
        }
    }
}

fn consume(mut caller: Caller, consumer: usize) {
    let (queue, most) = if consumer.is_multiple_of(2) { ("jobs", 10) } else { ("jobs.fifo", 1) };
    let mut turn = consumer as u64;
    while !caller.shared.is_drained.load(Ordering::SeqCst) {
        let asked = caller.now();
        let wanted = json!({
            "MaxNumberOfMessages": most,
            "WaitTimeSeconds": 1,
            "MessageSystemAttributeNames": ["All"],
        });
        let Some(answer) = caller.ask("ReceiveMessage", queue, wanted) else { continue };
        let got = caller.now();
        for message in answer["Messages"].as_array().into_iter().flatten() {
            let receipt = Receipt::of(message, asked, got);
            caller.shared.ledger.lock().expect("no panic").received(&receipt);
            turn += 1;
            if turn.is_multiple_of(ABANDONED) && !caller.shared.is_over.load(Ordering::SeqCst) {
                continue;
            }
            let handle = json!({ "ReceiptHandle": message["ReceiptHandle"] });
            // Of a FIFO message whose visibility ended meanwhile the deletion is refused.
            if caller.ask("DeleteMessage", queue, handle).is_some() {
                let at = caller.now();
                caller.shared.ledger.lock().expect("no panic").deleted(&receipt, at);
            }
        }
    }
}
