//! Random operations on queues, over restarts, compared with the plainest store there is.

use std::time::Duration;

use model::{QueueName, Timestamp};
use proptest::prelude::*;
use store::{
    Claim, Claimed, Deduplication, Discipline, Memory, Message, MessageId, MessageStore, Put,
    QueueId, Receipt,
};

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Put { queue: usize, copies: Vec<Copy> },
    Claim { queue: usize, most: usize, visibility: u64, in_flight: usize },
    Delete { queue: usize, receipts: Vec<usize> },
    Hide { queue: usize, receipt: usize, until: u64 },
    Transfer { queue: usize, receipt: usize },
    Delay { queue: usize, millis: u64 },
    Purge { queue: usize },
    Tidy { age: u64 },
    Look { queue: usize },
    Pass { millis: u64 },
    Restart,
}

#[derive(Debug, Clone)]
struct Copy {
    group: u8,
    delay: u64,
    deduplication: Option<u8>,
}

/// Two of each discipline; messages are transferred from the even ones to the odd ones.
const QUEUES: usize = 4;

fn step() -> impl Strategy<Value = Step> {
    let queue = || 0..QUEUES;
    let copy = (0..3_u8, prop_oneof![4 => Just(0), 1 => 1..5_000_u64], prop::option::of(0..4_u8))
        .prop_map(|(group, delay, deduplication)| Copy { group, delay, deduplication });
    let copies = prop::collection::vec(copy, 1..6);
    prop_oneof![
        6 => (queue(), copies).prop_map(|(queue, copies)| Step::Put { queue, copies }),
        6 => (queue(), 1..11_usize, 1..8_000_u64, prop_oneof![Just(3_usize), Just(1_000)])
            .prop_map(|(queue, most, visibility, in_flight)| {
                Step::Claim { queue, most, visibility, in_flight }
            }),
        4 => (queue(), prop::collection::vec(0..30_usize, 1..4))
            .prop_map(|(queue, receipts)| Step::Delete { queue, receipts }),
        2 => (queue(), 0..30_usize, 0..9_000_u64)
            .prop_map(|(queue, receipt, until)| Step::Hide { queue, receipt, until }),
        1 => (queue(), 0..30_usize).prop_map(|(queue, receipt)| Step::Transfer { queue, receipt }),
        1 => queue().prop_map(|queue| Step::Look { queue }),
        1 => (queue(), prop_oneof![Just(0), 1..9_000_u64])
            .prop_map(|(queue, millis)| Step::Delay { queue, millis }),
        4 => (0..6_000_u64).prop_map(|millis| Step::Pass { millis }),
        1 => Just(Step::Restart),
        1 => (0..400_000_u64).prop_map(|age| Step::Tidy { age }),
        1 => prop_oneof![9 => Just(Step::Restart), 1 => queue().prop_map(|queue| Step::Purge { queue })],
    ]
}

struct Both {
    folder: tempfile::TempDir,
    sqlite: Option<Sqlite>,
    memory: Memory,
    queues: Vec<QueueId>,
    now: Timestamp,
    sent: u64,
    receipts: Vec<Vec<Receipt>>,
}

/// The same of both, or the test fails.
macro_rules! both {
    ($both:expr, $method:ident($($argument:expr),*)) => {{
        let sqlite = $both.sqlite.as_ref().expect("open");
        let expected = $both.memory.$method($($argument),*).await;
        let found = sqlite.$method($($argument),*).await;
        assert_eq!(found, expected, stringify!($method));
        found.expect("done")
    }};
}

impl Both {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sqlite = Some(open(&folder.path().join("store.db")).expect("opened"));
        let (memory, now) = (Memory::default(), Timestamp(1_700_000_000_000));
        let receipts = vec![Vec::new(); QUEUES];
        let queues = Vec::new();
        let mut both = Self { folder, sqlite, memory, queues, now, sent: 0, receipts };
        for (name, discipline) in [
            ("jobs", Discipline::Standard),
            ("dead", Discipline::Standard),
            ("jobs.fifo", Discipline::Fifo),
            ("dead.fifo", Discipline::Fifo),
        ] {
            let name = QueueName::parse(name).expect("a name");
            let made = both!(both, make_queue(name.clone(), discipline, [3; 16]));
            both.queues.push(made.id);
        }
        both
    }

    fn put(&mut self, copy: &Copy) -> Put {
        self.sent += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.sent.to_be_bytes());
        let message = Message {
            id: MessageId(id),
            sent: self.now,
            group: Some(format!("group {}", copy.group).into()),
            body: format!("message {}", self.sent).into(),
            extras: None,
            md5: None,
        };
        let since = Timestamp(self.now.0 - 300_000);
        let deduplication = copy.deduplication.map(|digest| Deduplication {
            digest: [digest; 32],
            since,
            at: self.now,
        });
        let until = Some(Timestamp(self.now.0 + copy.delay)).filter(|until| *until > self.now);
        Put { until, deduplication, ..Put::new(message) }
    }

    fn receipt(&self, queue: usize, at: usize) -> Receipt {
        let receipts = &self.receipts[queue];
        match receipts.len() {
            0 => Receipt { number: 1 + at as u64, count: 1 },
            many => receipts[many - 1 - at % many],
        }
    }

    async fn step(&mut self, step: &Step) {
        let now = self.now;
        match step {
            Step::Put { queue, copies } => {
                let puts: Vec<Put> = copies.iter().map(|copy| self.put(copy)).collect();
                both!(self, put(self.queues[*queue], puts.clone()));
            }
            Step::Claim { queue, most, visibility, in_flight } => {
                let claim = Claim {
                    most: *most,
                    most_in_flight: *in_flight,
                    now,
                    until: Timestamp(now.0 + visibility),
                    sent_since: Timestamp(0),
                };
                let claims = both!(self, claim(self.queues[*queue], claim));
                let receipts = claims.messages.iter().map(|claimed: &Claimed| claimed.receipt);
                self.receipts[*queue].extend(receipts);
            }
            Step::Delete { queue, receipts } => {
                let receipts: Vec<_> =
                    receipts.iter().map(|at| self.receipt(*queue, *at)).collect();
                both!(self, delete(self.queues[*queue], receipts.clone(), now));
            }
            Step::Hide { queue, receipt, until } => {
                let hidden = (self.receipt(*queue, *receipt), Timestamp(now.0 + until));
                both!(self, hide(self.queues[*queue], vec![hidden], now));
            }
            Step::Transfer { queue, receipt } => self.transfer(*queue, *receipt).await,
            Step::Delay { queue, millis } => {
                both!(self, delay(self.queues[*queue], Duration::from_millis(*millis), now));
            }
            Step::Purge { queue } => {
                both!(self, purge(self.queues[*queue]));
            }
            Step::Tidy { age } => self.tidy(*age).await,
            Step::Look { queue } => {
                both!(self, tally(self.queues[*queue], now));
                both!(self, peek(self.queues[*queue], 3, 20, now));
            }
            Step::Pass { millis } => self.now = Timestamp(now.0 + millis),
            Step::Restart => {
                self.sqlite = None;
                let path = self.folder.path().join("store.db");
                self.sqlite = Some(open(&path).expect("opened"));
            }
        }
    }

    async fn transfer(&mut self, queue: usize, receipt: usize) {
        let (from, to) = (self.queues[queue & !1], self.queues[queue | 1]);
        let receipt = self.receipt(queue & !1, receipt);
        let copy = Copy { group: 1, delay: 0, deduplication: None };
        let put = self.put(&copy);
        let sent = Timestamp(self.now.0 - 100_000);
        let message = Message { sent, ..put.message.clone() };
        let claimed = Some((receipt.count, self.now));
        let put = Put { claimed, came: Some(self.now), message, ..put };
        both!(self, transfer(from, to, vec![(receipt, put.clone())], self.now));
    }

    async fn tidy(&mut self, age: u64) {
        let before = Timestamp(self.now.0 - age);
        let sent_before: Vec<_> = self.queues.iter().map(|queue| (*queue, before)).collect();
        let tidied = self.memory.tidy(sent_before.clone(), self.now, 3).await.expect("tidied");
        let sqlite = self.sqlite.as_ref().expect("open");
        let (mut expired, mut more) = (0, true);
        while more {
            let tidied = sqlite.tidy(sent_before.clone(), self.now, 3).await.expect("tidied");
            expired += tidied.expired;
            more = tidied.more;
        }
        assert_eq!(expired, tidied.expired, "expired");
    }

    /// Nothing is left that one has and the other has not.
    async fn empty(&mut self) {
        for queue in 0..QUEUES {
            loop {
                both!(self, tally(self.queues[queue], self.now));
                both!(self, peek(self.queues[queue], 0, 1_000, self.now));
                let claim = Step::Claim { queue, most: 10, visibility: 1, in_flight: 1_000 };
                let before = self.receipts[queue].len();
                self.step(&claim).await;
                let got = self.receipts[queue].split_off(before);
                let left = both!(self, tally(self.queues[queue], self.now));
                if left.visible + left.in_flight + left.delayed == 0 {
                    break;
                }
                both!(self, delete(self.queues[queue], got.clone(), self.now));
                self.now = Timestamp(self.now.0 + 10_000);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn queues_do_what_the_plainest_store_does(steps in prop::collection::vec(step(), 1..80)) {
        block_on(async {
            let mut both = Both::new().await;
            for step in &steps {
                both.step(step).await;
            }
            both.empty().await;
        });
    }
}
