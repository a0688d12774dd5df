//! Nodes that lease from a real store.

use std::sync::Arc;
use std::time::Duration;

use drivers::redis::{Options, connect};
use limits::leased::{Leased, Ledger, lend};
use limits::{Ask, Limits, Policy};
use model::{Clock, Mode, Rate, Rule, SystemClock};

use crate::servers::{Program, Server};

const RATE: Rate = Rate { permits: 20_000, per: Duration::from_secs(1) };
const BURST: u32 = 100;
const TTL: Duration = Duration::from_millis(50);
const DECISIONS: usize = 20_000;

/// How many were admitted, and how many of them by asking the store for each.
async fn hammer(url: String) -> (u64, u64) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let timeout = Duration::from_secs(5);
    let options = Options { timeout, ..Options::new(url, Arc::clone(&clock)) };
    let redis = Arc::new(connect(options).await.expect("the store is well"));
    let leased = Leased::new(Arc::clone(&redis) as Arc<dyn Limits>, Arc::clone(&clock));
    let (close, closed) = tokio::sync::oneshot::channel::<()>();
    let ledger = Arc::clone(&redis) as Arc<dyn Ledger>;
    let closing = async {
        let _ = closed.await;
    };
    let lending =
        tokio::spawn(lend(leased.clone(), ledger, Arc::clone(&clock), tokio::time::sleep, closing));
    let policy = Policy::new("leases", "p", Rule::Rate { rate: RATE, burst: BURST });
    let policy = policy.expect("policy").with_mode(Mode::Leased { ttl: TTL });
    let ask = Ask::one(&policy, leased.seed().key(&policy).finish());
    let mut admitted = 0;
    for _ in 0..DECISIONS {
        admitted += u64::from(leased.decide(&[ask], clock.now()).await.is_allowed());
        tokio::task::yield_now().await;
    }
    drop(close);
    lending.await.expect("permits are handed back");
    (admitted, redis.health().asked)
}

#[test]
fn nodes_that_lease_stay_within_the_bound_and_ask_seldom() {
    let server = Server::start(Program::Redis, &[]);
    let clock = SystemClock::start();
    let began = clock.moment();
    let node = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("runtime").block_on(hammer(server.url()))
    };
    let (admitted, asked) = std::thread::scope(|scope| {
        let nodes: Vec<_> = (0..4).map(|_| scope.spawn(node)).collect();
        let sums = nodes.into_iter().map(|node| node.join().expect("ended"));
        sums.fold((0, 0), |sum, of_node| (sum.0 + of_node.0, sum.1 + of_node.1))
    });
    let span = clock.moment().since(began) + TTL;
    let most = span.as_nanos() * u128::from(RATE.permits) / RATE.per.as_nanos();
    let bound = u64::try_from(most).expect("small") + u64::from(BURST);
    assert!((u64::from(BURST)..=bound).contains(&admitted), "{admitted} of {bound}");
    // What the store decides request by request is not among what is leased.
    assert_eq!(asked, 0);
}
