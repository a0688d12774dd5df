//! Slots of concurrency beside the beats of the node that holds them: no beat says what is not so.

use std::sync::Arc;
use std::time::Duration;

use drivers::redis::{Options, Redis, Time, connect};
use futures_util::future::join_all;
use limits::{Answer, Ask, Degraded, Limits, Policy};
use model::{Clock, ManualClock, Rule, Timestamp};

use crate::proxy::Proxy;
use crate::servers::{Program, Server};

const SLOTS: u32 = 10;

/// A node whose requests have a connection of their own.
struct Node {
    limits: Redis,
    clock: Arc<ManualClock>,
    policy: Policy,
    server: Server,
    proxy: Proxy,
}

impl Node {
    async fn start() -> Self {
        let server = Server::start(Program::Redis, &[]);
        let proxy = Proxy::before(&server);
        let clock = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
        let options = Options {
            time: Time::Given,
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(60),
            heartbeat: Duration::from_millis(5),
            ..Options::new(format!("redis://127.0.0.1:{}", proxy.port), clock.clone())
        };
        let limits = connect(options).await.expect("the store is well");
        let policy = Policy::new("test", "slots", Rule::Concurrency { slots: SLOTS });
        let node = Self { limits, clock, policy: policy.expect("policy"), server, proxy };
        // Until their connection is made, requests take the watch's. The first thing said is the client's name.
        while node.proxy.passed() < 2 {
            node.limits.peek(&[node.ask()], node.clock.now()).await;
            tokio::task::yield_now().await;
        }
        node
    }

    fn ask(&self) -> Ask<'_> {
        Ask::one(&self.policy, self.limits.seed().key(&self.policy).finish())
    }

    fn decide(&self) -> Answer {
        self.limits.decide(&[self.ask()], self.clock.now())
    }

    async fn admitted(&self, tries: usize) -> usize {
        let decisions = join_all((0..tries).map(|_| async { self.decide().await })).await;
        decisions.iter().filter(|decision| decision.is_allowed()).count()
    }

    fn give_back(&self, slots: u64) {
        self.limits.refund(&[self.ask().cost(slots)], self.clock.now(), self.clock.now());
    }

    /// Slots that the store has counted, and until when.
    fn counted(&self) -> (u64, u64) {
        let key = self.ask().key.hash();
        let value = self.server.tell(&format!("GET tidegate:v1:limit:{key:016x}"));
        let counted = value.split_once('=').and_then(|(_, counted)| counted.split_once('@'));
        let number = |text: &str| text.parse().expect("a number");
        counted.map_or((0, 0), |(slots, until)| (number(slots), number(until)))
    }

    async fn counts(&self, slots: u64) {
        while self.counted().0 != slots {
            tokio::task::yield_now().await;
        }
    }

    /// Until a beat has told the store of a later time.
    async fn beats(&self) {
        let (_, until) = self.counted();
        self.clock.advance(Duration::from_secs(4));
        while self.counted().1 == until {
            tokio::task::yield_now().await;
        }
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(test);
}

#[test]
fn a_beat_leaves_slots_alone_whose_reply_is_on_its_way() {
    run(async {
        let node = Node::start().await;
        assert_eq!(node.admitted(3).await, 3);
        node.proxy.hold_replies();
        let asked: Vec<_> = (0..7).map(|_| node.decide()).collect();
        node.counts(10).await;
        node.beats().await;
        assert_eq!(node.counted().0, 10);
        node.proxy.let_go();
        for answer in asked {
            assert!(answer.await.is_allowed());
        }
        assert_eq!(node.admitted(5).await, 0);
        node.beats().await;
        assert_eq!(node.counted().0, 10);
    });
}

#[test]
fn a_beat_does_not_give_back_what_is_being_given_back() {
    run(async {
        let node = Node::start().await;
        assert_eq!(node.admitted(3).await, 3);
        node.proxy.hold_requests();
        node.give_back(1);
        node.beats().await;
        assert_eq!(node.counted().0, 3);
        node.proxy.let_go();
        node.counts(2).await;
        node.beats().await;
        assert_eq!(node.counted().0, 2);
        assert_eq!(node.admitted(10).await, 8);
    });
}

#[test]
fn a_slot_whose_request_has_gone_comes_back() {
    run(async {
        let node = Node::start().await;
        assert_eq!(node.admitted(1).await, 1);
        node.proxy.hold_replies();
        let gone = node.decide();
        node.counts(2).await;
        drop(gone);
        node.beats().await;
        assert_eq!(node.counted().0, 2, "nobody knows yet");
        node.proxy.let_go();
        for _ in 0..3 {
            node.beats().await;
        }
        node.counts(1).await;
    });
}

#[test]
fn slots_that_the_store_has_lost_are_told_again() {
    run(async {
        let node = Node::start().await;
        assert_eq!(node.admitted(4).await, 4);
        assert_eq!(node.server.tell("FLUSHALL"), "+OK");
        node.counts(4).await;
        assert_eq!(node.admitted(10).await, 6);
        node.give_back(10);
        node.counts(0).await;
        assert_eq!(node.admitted(11).await, 10);
    });
}

/// The store answers, and later than it is asked.
#[test]
fn who_waits_in_vain_for_a_turn_is_left_to_the_failure_policy() {
    run(async {
        let node = Node::start().await;
        node.proxy.hold_replies();
        let asked: Vec<_> = (0..500).map(|_| node.decide()).collect();
        node.counts(10).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        node.clock.advance(Duration::from_secs(60));
        node.proxy.let_go();
        let decisions = join_all(asked).await;
        let degraded = |decision: &limits::Decision| decision.standings()[0].degraded();
        // Three calls are under way at a time.
        let (sent, queued) = decisions.split_at(192);
        assert!(sent.iter().all(|decision| degraded(decision).is_none()));
        assert!(queued.iter().all(|decision| degraded(decision) == Some(Degraded::Share)));
        assert_eq!(node.limits.health().outages, 0);
    });
}
