//! What a node has used of its part of a limit when its store dies, and what is settled meanwhile.

use limits::{Limits, Policy};
use model::{Clock, Period, Rule, Zone};

use super::{Node, clock, run};
use crate::servers::{Program, Server};

fn policy(rule: Rule) -> Policy {
    Policy::new("test", "part", rule).expect("policy")
}

fn quota(limit: u64) -> Policy {
    policy(Rule::Quota { limit, period: Period::Day, zone: Zone::UTC })
}

impl Node {
    fn settle(&self, caller: &str, extra: i64) {
        self.limits.settle(&self.ask(caller), extra, self.clock.now(), self.clock.now());
    }

    fn give_back(&self, caller: &str, slots: u64) {
        let ask = self.ask(caller).cost(slots);
        self.limits.refund(&[ask], self.clock.now(), self.clock.now());
    }
}

#[test]
fn slots_that_are_held_are_used_of_the_part() {
    run(async {
        let mut server = Server::start(Program::Redis, &[]);
        let node = Node::under(policy(Rule::Concurrency { slots: 10 }), &server, &clock()).await;
        node.agrees_on(1).await;
        assert_eq!(node.admitted("alice", 11).await, 10);
        node.give_back("alice", 1);
        server.kill();
        assert_eq!(node.admitted("alice", 20).await, 1);
        node.give_back("alice", 4);
        assert_eq!(node.admitted("alice", 20).await, 4);
    });
}

/// The last that was heard of the key is that nothing is left.
#[test]
fn slots_that_came_back_before_are_free() {
    run(async {
        let mut server = Server::start(Program::Redis, &[]);
        let node = Node::under(policy(Rule::Concurrency { slots: 10 }), &server, &clock()).await;
        node.agrees_on(1).await;
        assert_eq!(node.admitted("alice", 11).await, 10);
        node.give_back("alice", 10);
        server.kill();
        assert_eq!(node.admitted("alice", 20).await, 10);
    });
}

#[test]
fn what_was_settled_before_is_used_of_the_part() {
    run(async {
        let mut server = Server::start(Program::Redis, &[]);
        let node = Node::under(quota(100), &server, &clock()).await;
        node.agrees_on(1).await;
        for caller in ["alice", "bob"] {
            assert_eq!(node.admitted(caller, 1).await, 1);
        }
        node.settle("alice", 99);
        node.settle("bob", 89);
        node.settle("bob", -5);
        server.kill();
        assert_eq!(node.admitted("alice", 5).await, 0);
        assert_eq!(node.admitted("bob", 20).await, 10);
    });
}

#[test]
fn what_is_settled_meanwhile_counts_and_is_told() {
    run(async {
        let server = Server::start(Program::Redis, &[]);
        let node = Node::under(quota(100), &server, &clock()).await;
        node.agrees_on(1).await;
        assert_eq!(node.admitted("alice", 1).await, 1);
        assert_eq!(node.admitted("bob", 1).await, 1);
        assert_eq!(server.tell("CONFIG SET maxmemory 1mb"), "+OK");
        assert_eq!(node.admitted("alice", 1).await, 1);
        node.settle("alice", 150);
        assert_eq!(node.admitted("alice", 1).await, 0);
        node.settle("bob", 40);
        assert_eq!(server.tell("CONFIG SET maxmemory 0"), "+OK");
        node.recovers("alice").await;
        // With what is beyond the limit.
        for (caller, used) in [("alice", ":152"), ("bob", ":41")] {
            let key = node.ask(caller).key.hash();
            while !server.tell(&format!("GET tidegate:v1:limit:{key:016x}")).ends_with(used) {
                tokio::task::yield_now().await;
            }
        }
    });
}
