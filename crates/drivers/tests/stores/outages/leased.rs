//! Nodes whose store dies while they lease permits from it.

use std::sync::Arc;
use std::time::Duration;

use drivers::redis::{Options, Redis, Time, connect};
use limits::leased::{Leased, Ledger, lend};
use limits::{Ask, Degraded, Limits, Policy};
use model::{Clock, ManualClock, Mode, Rate, Rule};
use tokio::task::JoinHandle;

use super::{SECOND, clock, run};
use crate::servers::{Program, Server};

const TTL: Duration = Duration::from_millis(50);
const STEP: Duration = Duration::from_millis(5);

/// A node that leases, and a limit of 1000/s with a burst of 100.
struct Node {
    redis: Redis,
    leased: Leased,
    lending: JoinHandle<()>,
    clock: Arc<ManualClock>,
    policy: Policy,
}

impl Node {
    async fn at(server: &Server, clock: &Arc<ManualClock>, mode: Mode) -> Self {
        let given = Arc::clone(clock) as Arc<dyn Clock>;
        let options = Options {
            time: Time::Given,
            timeout: Duration::from_millis(500),
            heartbeat: Duration::from_millis(20),
            ..Options::new(server.url(), Arc::clone(&given))
        };
        let redis = connect(options).await.expect("the store is well");
        let leased = Leased::new(Arc::new(redis.clone()), Arc::clone(&given));
        let ledger = Arc::new(redis.clone()) as Arc<dyn Ledger>;
        let close = std::future::pending();
        let lending = lend(leased.clone(), ledger, given, tokio::time::sleep, close);
        let rule = Rule::Rate { rate: Rate { permits: 1000, per: SECOND }, burst: 100 };
        let policy = Policy::new("test", "tenant", rule).expect("policy").with_mode(mode);
        let lending = tokio::spawn(lending);
        Self { redis, leased, lending, clock: Arc::clone(clock), policy }
    }

    fn ask(&self) -> Ask<'_> {
        Ask::one(&self.policy, self.leased.seed().key(&self.policy).finish())
    }

    /// Of so many requests: how many are admitted, and how many by a share of the limit.
    async fn admitted(&self, tries: usize) -> [usize; 2] {
        let mut admitted = [0, 0];
        for _ in 0..tries {
            let decision = self.leased.decide(&[self.ask()], self.clock.now()).await;
            let is_share = decision.standings()[0].degraded() == Some(Degraded::Share);
            admitted[0] += usize::from(decision.is_allowed());
            admitted[1] += usize::from(decision.is_allowed() && is_share);
        }
        admitted
    }
}

/// Both are asked for more than their half, for so long. They share no thread, so that who lends gets
/// a turn in each step.
async fn load(nodes: &[Node], clock: &ManualClock, span: Duration) -> [usize; 2] {
    let mut sum = [0, 0];
    for _ in 0..span.as_millis() / STEP.as_millis() {
        for node in nodes {
            let [all, shared] = node.admitted(4).await;
            sum = [sum[0] + all, sum[1] + shared];
        }
        tokio::task::yield_now().await;
        clock.advance(STEP);
    }
    sum
}

/// Sixty seconds under full load, in time that is moved by hand.
fn shares_make_the_limit(mode: Mode) {
    run(async {
        let mut server = Server::start(Program::Redis, &[]);
        let clock = clock();
        let nodes = [Node::at(&server, &clock, mode).await, Node::at(&server, &clock, mode).await];
        while nodes.iter().any(|node| node.redis.health().nodes != 2) {
            tokio::task::yield_now().await;
        }
        // However briefly the store was used.
        load(&nodes, &clock, Duration::from_millis(500)).await;
        server.kill();
        let [admitted, shared] = load(&nodes, &clock, 60 * SECOND).await;
        let most = 60_000 + 50 + 100;
        assert!((57_000..=most).contains(&admitted), "{mode:?}: {admitted} of 60,000");
        assert!(shared > 57_000, "{mode:?}: {shared} by shares");

        // The store comes back empty, and is told what is used: no more than one burst is out.
        server.start_again();
        while nodes.iter().any(|node| node.redis.health().problem.is_some()) {
            tokio::task::yield_now().await;
        }
        let [again, _] = load(&nodes, &clock, SECOND).await;
        assert!(again <= 1000 + 100 + 50, "{mode:?}: {again} in the second after");
        nodes.iter().for_each(|node| node.lending.abort());
    });
}

#[test]
fn shares_of_nodes_that_lease_make_the_limit() {
    shares_make_the_limit(Mode::Leased { ttl: TTL });
}

#[test]
fn shares_of_nodes_that_begin_to_lease_make_the_limit() {
    shares_make_the_limit(Mode::Auto);
}
