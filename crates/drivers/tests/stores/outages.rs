//! Stores that stop working while they are used: the failure policies answer, and nothing hangs.

mod leased;
mod parts;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use drivers::redis::{Options, Redis, Time, connect};
use futures_util::future::{Either, join_all, select};
use limits::{Ask, Decision, Degraded, Limits, Policy, Reply, Verdict};
use model::{Clock, FailurePolicy, ManualClock, Rate, Rule, Timestamp};

use crate::servers::{Program, Server};

const SECOND: Duration = Duration::from_secs(1);

/// A node whose time is moved by hand, and a limit of 10/s with a burst of 10.
struct Node {
    limits: Redis,
    clock: Arc<ManualClock>,
    policy: Policy,
}

impl Node {
    async fn at(server: &Server, clock: &Arc<ManualClock>, on_failure: FailurePolicy) -> Self {
        let rule = Rule::Rate { rate: Rate { permits: 10, per: SECOND }, burst: 10 };
        let policy = Policy::new("test", "ip", rule).expect("policy");
        Self::under(policy.with_failure_policy(on_failure), server, clock).await
    }

    async fn under(policy: Policy, server: &Server, clock: &Arc<ManualClock>) -> Self {
        let clock = Arc::clone(clock);
        let options = Options {
            time: Time::Given,
            timeout: Duration::from_millis(500),
            heartbeat: Duration::from_millis(20),
            ..Options::new(server.url(), Arc::clone(&clock) as Arc<dyn Clock>)
        };
        let limits = connect(options).await.expect("the store is well");
        Self { limits, clock, policy }
    }

    fn ask(&self, caller: &str) -> Ask<'_> {
        let key = self.limits.seed().key(&self.policy).text(caller.as_bytes()).finish();
        Ask::one(&self.policy, key)
    }

    async fn decide(&self, caller: &str) -> Decision {
        self.limits.decide(&[self.ask(caller)], self.clock.now()).await
    }

    async fn admitted(&self, caller: &str, tries: usize) -> usize {
        let mut admitted = 0;
        for _ in 0..tries {
            admitted += usize::from(self.decide(caller).await.is_allowed());
        }
        admitted
    }

    async fn agrees_on(&self, nodes: u64) {
        while self.limits.health().nodes != nodes {
            tokio::task::yield_now().await;
        }
    }

    /// Until the store decides again.
    async fn recovers(&self, caller: &str) {
        while self.limits.health().problem.is_some() {
            tokio::task::yield_now().await;
        }
        let decision = self.limits.peek(&[self.ask(caller)], self.clock.now()).await;
        assert_eq!(decision.standings()[0].degraded(), None);
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)))
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(test);
}

#[test]
fn one_request_waits_for_a_dead_store_and_no_other() {
    run(async {
        let server = Server::start(Program::Redis, &[]);
        let node = Node::at(&server, &clock(), FailurePolicy::Closed).await;
        assert_eq!(node.admitted("alice", 1).await, 1);
        // Its connections stay, and nothing is answered on them.
        server.signal("STOP");
        let waited = node.decide("alice").await;
        assert_eq!(waited.standings()[0].verdict(), Verdict::Unknown);
        assert_eq!(waited.standings()[0].degraded(), Some(Degraded::Closed));
        for _ in 0..1000 {
            let Reply::Now(denied) = node.limits.decide(&[node.ask("bob")], node.clock.now())
            else {
                panic!("a request waits for a store that is known to be dead");
            };
            assert!(!denied.is_allowed());
        }
        let health = node.limits.health();
        assert_eq!((health.outages, health.degraded), (1, 1001));
        server.signal("CONT");
        node.recovers("alice").await;
        assert_eq!(node.admitted("carol", 1).await, 1);
    });
}

/// However many have come before anybody knew.
#[test]
fn all_that_wait_for_a_dead_store_wait_as_long_as_one() {
    run(async {
        let server = Server::start(Program::Redis, &[]);
        let node = Node::at(&server, &clock(), FailurePolicy::Closed).await;
        assert_eq!(node.admitted("alice", 1).await, 1);
        server.signal("STOP");
        let all = join_all((0..1000).map(|_| node.decide("bob")));
        let known = async {
            while node.limits.health().problem.is_none() {
                tokio::task::yield_now().await;
            }
            // Some turns of the lane, and far from another timeout.
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
        };
        let Either::Left((decisions, _)) = select(pin!(all), pin!(known)).await else {
            panic!("requests wait for a store that is known to be dead");
        };
        assert!(decisions.iter().all(|decision| !decision.is_allowed()));
        let health = node.limits.health();
        assert_eq!((health.outages, health.degraded), (1, 1000));
        server.signal("CONT");
        node.recovers("alice").await;
        assert_eq!(node.admitted("carol", 1).await, 1);
    });
}

#[test]
fn an_open_limit_admits_and_says_so() {
    run(async {
        let mut server = Server::start(Program::Redis, &[]);
        let node = Node::at(&server, &clock(), FailurePolicy::Open).await;
        server.kill();
        assert_eq!(node.admitted("alice", 100).await, 100);
        assert_eq!(node.decide("alice").await.standings()[0].degraded(), Some(Degraded::Open));
        server.start_again();
        node.recovers("alice").await;
        assert_eq!(node.admitted("alice", 100).await, 10);
    });
}

#[test]
fn a_stale_limit_holds_what_was_known_and_then_closes() {
    run(async {
        let mut server = Server::start(Program::Redis, &[]);
        let node = Node::at(&server, &clock(), FailurePolicy::Stale(60 * SECOND)).await;
        assert_eq!(node.admitted("alice", 3).await, 3);
        assert_eq!(node.admitted("mallory", 11).await, 10);
        server.kill();
        assert_eq!(node.admitted("alice", 9).await, 7, "what was left");
        assert_eq!(node.admitted("mallory", 1).await, 0);
        assert_eq!(node.admitted("nobody knows", 1).await, 0);
        let standing = node.decide("alice").await.standings()[0];
        assert_eq!(standing.degraded(), Some(Degraded::Stale));
        node.clock.advance(SECOND);
        assert_eq!(node.admitted("mallory", 11).await, 10, "the rate goes on");
        node.clock.advance(60 * SECOND);
        assert_eq!(node.admitted("alice", 1).await, 0);
    });
}

/// Sixty seconds under full load, in time that is moved by hand.
#[test]
fn shares_of_two_nodes_make_the_limit() {
    run(async {
        let mut server = Server::start(Program::Redis, &[]);
        let clock = clock();
        let first = Node::at(&server, &clock, FailurePolicy::Share).await;
        let second = Node::at(&server, &clock, FailurePolicy::Share).await;
        first.agrees_on(2).await;
        second.agrees_on(2).await;
        let used = first.admitted("alice", 10).await + second.admitted("alice", 10).await;
        assert_eq!(used, 10);
        server.kill();
        let mut admitted = 0;
        for _ in 0..600 {
            clock.advance(Duration::from_millis(100));
            admitted += first.admitted("alice", 3).await + second.admitted("alice", 3).await;
        }
        assert!((570..=600).contains(&admitted), "{admitted} of 600");
        let standing = first.decide("alice").await.standings()[0];
        assert_eq!(standing.degraded(), Some(Degraded::Share));

        // The store comes back empty, and is told what is used: it has no burst to give.
        server.start_again();
        first.recovers("alice").await;
        second.recovers("alice").await;
        let again = first.admitted("alice", 10).await + second.admitted("alice", 10).await;
        assert!(again <= 1, "{again}");
        clock.advance(SECOND);
        let later = first.admitted("alice", 10).await + second.admitted("alice", 10).await;
        assert!((9..=10).contains(&later), "{later}");
    });
}

/// The store knows what was used before, and time passed by for it as well.
#[test]
fn the_store_is_told_what_was_used_meanwhile_and_no_more() {
    run(async {
        let server = Server::start(Program::Redis, &[]);
        let node = Node::at(&server, &clock(), FailurePolicy::Share).await;
        node.agrees_on(1).await;
        assert_eq!(node.admitted("alice", 6).await, 6);
        assert_eq!(server.tell("CONFIG SET maxmemory 1mb"), "+OK");
        node.clock.advance(SECOND / 10);
        assert_eq!(node.admitted("alice", 2).await, 2);
        assert_eq!(node.admitted("unmet", 2).await, 0, "a part of a key begins empty");
        node.clock.advance(SECOND / 10);
        assert_eq!(server.tell("CONFIG SET maxmemory 0"), "+OK");
        for caller in ["alice", "unmet"] {
            node.recovers(caller).await;
        }
        let left = async |caller| {
            let peeked = node.limits.peek(&[node.ask(caller)], node.clock.now()).await;
            peeked.standings()[0].remaining
        };
        assert_eq!((left("alice").await, left("unmet").await), (10 - 6 - 2 + 2, 10));
    });
}

#[test]
fn a_node_that_nobody_knows_of_has_no_share() {
    run(async {
        let mut server = Server::start(Program::Redis, &[]);
        let clock = clock();
        let old = Node::at(&server, &clock, FailurePolicy::Share).await;
        old.agrees_on(1).await;
        let options =
            Options { heartbeat: 3600 * SECOND, ..Options::new(server.url(), clock.clone()) };
        let limits = connect(options).await.expect("the store is well");
        let young = Node { limits, clock: clock.clone(), policy: old.policy.clone() };
        old.agrees_on(2).await;
        server.kill();
        clock.advance(60 * SECOND);
        assert_eq!(young.admitted("alice", 10).await, 0);
        assert_eq!(young.limits.health().nodes, 0);
        old.decide("alice").await;
        clock.advance(SECOND);
        assert!(old.admitted("alice", 10).await > 0);
    });
}

/// Whatever is wrong with a store, its failure policy answers until it is right again.
#[test]
fn whatever_breaks_is_a_policy_and_heals() {
    run(async {
        let other = Server::start(Program::Redis, &[]);
        let server = Server::start(Program::Redis, &[]);
        let replicate = format!("REPLICAOF 127.0.0.1 {}", other.port);
        let cases = [
            (replicate.as_str(), "REPLICAOF NO ONE", "is a replica"),
            ("CONFIG SET maxmemory 1mb", "CONFIG SET maxmemory 0", "is full"),
            ("ACL SETUSER default -@scripting", "ACL SETUSER default +@all", "runs no scripts"),
            ("ACL SETUSER default resetkeys", "ACL SETUSER default allkeys", "denies this user"),
            ("SCRIPT FLUSH", "PING", ""),
        ];
        let clock = clock();
        for (at, (breaks, heals, said)) in cases.into_iter().enumerate() {
            let caller = format!("caller {at}");
            let node = Node::at(&server, &clock, FailurePolicy::Closed).await;
            assert_eq!(node.admitted(&caller, 1).await, 1);
            assert!(server.tell(breaks).starts_with('+'), "{breaks}");
            let decision = node.decide(&caller).await;
            let problem = node.limits.health().problem.unwrap_or_default();
            assert!(problem.contains(said), "{breaks}: {problem}");
            assert_eq!(decision.is_allowed(), said.is_empty(), "{breaks}");
            assert!(server.tell(heals).starts_with('+'), "{heals}");
            node.recovers(&caller).await;
            assert_eq!(node.admitted(&format!("{caller} later"), 1).await, 1, "{heals}");
        }
    });
}

/// Who looks into it is told what the store says, though a connection broke first.
#[test]
fn why_a_store_is_not_asked_is_what_it_said_last() {
    run(async {
        let server = Server::start(Program::Redis, &[]);
        let node = Node::at(&server, &clock(), FailurePolicy::Closed).await;
        assert_eq!(node.admitted("alice", 1).await, 1);
        // Whoever is known already stays so.
        let told = "CONFIG SET requirepass secret\r\nCLIENT KILL TYPE normal SKIPME yes";
        assert_eq!(server.tell(told), "+OK");
        assert_eq!(node.admitted("alice", 1).await, 0);
        loop {
            let health = node.limits.health().problem.expect("a problem");
            let resumed = node.limits.resume(&node.ask("alice"), node.clock.now()).await;
            let said = resumed.expect_err("a problem").to_string();
            if health.contains("wants a password") && said.contains("wants a password") {
                break;
            }
            tokio::task::yield_now().await;
        }
    });
}

/// What a node with no code for it is told of the whole store opens the breaker, too.
#[test]
fn a_store_that_refuses_every_write_is_not_asked() {
    run(async {
        let server = Server::start(Program::Redis, &[]);
        let node = Node::at(&server, &clock(), FailurePolicy::Closed).await;
        assert_eq!(server.tell("CONFIG SET min-replicas-to-write 1"), "+OK");
        assert_eq!(node.admitted("alice", 1).await, 0);
        while node.limits.health().problem.is_none() {
            tokio::task::yield_now().await;
        }
        let problem = node.limits.health().problem.unwrap_or_default();
        assert!(problem.contains("NOREPLICAS"), "{problem}");
        assert_eq!(server.tell("CONFIG SET min-replicas-to-write 0"), "+OK");
        node.recovers("alice").await;
        assert_eq!(node.admitted("alice", 1).await, 1);
    });
}

/// Who can write to one key does not decide about the others.
#[test]
fn a_key_that_cannot_be_read_keeps_nobody_else_from_the_store() {
    run(async {
        let server = Server::start(Program::Redis, &[]);
        let node = Node::at(&server, &clock(), FailurePolicy::Closed).await;
        // The reply cannot be read, and the script cannot write.
        let broken = ["v1:99999999999999999999999", "v1:0!99999999999999999999999"];
        for (caller, value) in ["alice", "mallory"].into_iter().zip(broken) {
            let key = node.ask(caller).key.hash();
            let told = server.tell(&format!("SET tidegate:v1:limit:{key:016x} {value}"));
            assert_eq!(told, "+OK");
            let standing = node.decide(caller).await.standings()[0];
            assert_eq!(standing.degraded(), Some(Degraded::Closed));
            let pause = node.clock.now().timestamp.plus(SECOND);
            let paused = node.limits.pause(&node.ask(caller), pause, node.clock.now()).await;
            assert!(paused.is_err(), "{value}");
            let other = node.decide(&format!("bob beside {caller}")).await.standings()[0];
            assert_eq!((other.verdict(), other.degraded()), (Verdict::Admitted, None));
        }
        let health = node.limits.health();
        assert_eq!((health.outages, health.problem), (0, None));
    });
}
