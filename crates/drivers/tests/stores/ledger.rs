//! The books that a store keeps for nodes that lease are those that the engine proves right.

use std::sync::Arc;
use std::time::Duration;

use drivers::redis::{Options, Time, connect};
use limits::leased::{Books, LeaseAsk, Ledger, Leftover};
use limits::{Limits, Policy};
use model::{Clock, ManualClock, Period, Rate, Rule, Timestamp, Zone};

use crate::servers::{Program, Server};

fn policies() -> Vec<Policy> {
    let second = Duration::from_secs(1);
    let rate = |permits, burst| Rule::Rate { rate: Rate { permits, per: second }, burst };
    let rules = [
        rate(100, 50),
        // A permit comes every third of a millisecond.
        rate(3000, 1),
        rate(3000, 400),
        Rule::FixedWindow { limit: 300, per: second },
        Rule::Quota { limit: 700, period: Period::Day, zone: Zone::UTC },
    ];
    let policy = |(at, rule)| Policy::new("ledger", &format!("rule {at}"), rule).expect("policy");
    rules.into_iter().enumerate().map(policy).collect()
}

/// Random grants, hand-backs and pauses of the clock: as the books in memory, to the permit. They count
/// in finer parts of time, which one permit in a thousand shows.
#[test]
fn are_as_the_books_in_memory() {
    let server = Server::start(Program::Redis, &[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(async {
        let clock = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
        let options = Options {
            time: Time::Given,
            timeout: Duration::from_secs(5),
            ..Options::new(server.url(), Arc::clone(&clock) as Arc<dyn Clock>)
        };
        let store = connect(options).await.expect("the store is well");
        let mut random = fastrand::Rng::with_seed(7);
        for policy in policies() {
            let key = store.seed().key(&policy).finish();
            let (mut books, mut held) = (Books::default(), Vec::new());
            let mut granted = [0_u64; 2];
            for step in 0..400 {
                if random.u8(..) < 80 {
                    clock.advance(Duration::from_millis(random.u64(..40)));
                }
                if random.bool() && !held.is_empty() {
                    let (mine, theirs): (Leftover, Leftover) =
                        held.swap_remove(random.usize(..held.len()));
                    store.take_back(vec![mine]).await.expect("taken back");
                    books.take_back(&theirs, clock.now());
                    continue;
                }
                let ask =
                    LeaseAsk { policy: policy.clone(), key, name: None, want: random.u32(1..60) };
                let expected = books.lease(&ask, clock.now());
                let grant = store.lease(vec![ask]).await.expect("granted")[0];
                let case = format!("{} step {step}: {grant:?} {expected:?}", policy.name());
                assert!(grant.permits.abs_diff(expected.permits) <= 1, "{case}");
                assert!(grant.remaining.abs_diff(expected.remaining) <= 2, "{case}");
                assert_eq!(grant.valid_for, expected.valid_for, "{case}");
                granted[0] += u64::from(grant.permits);
                granted[1] += u64::from(expected.permits);
                let both = grant.permits.min(expected.permits);
                if both > 0 {
                    let leftover = |receipt| Leftover {
                        policy: policy.clone(),
                        key,
                        permits: 1 + both / 2 - u32::from(both == 1),
                        receipt,
                    };
                    held.push((leftover(grant.receipt), leftover(expected.receipt)));
                }
            }
            let [mine, theirs] = granted;
            assert!(theirs > 100, "{}: {theirs}", policy.name());
            assert!(mine.abs_diff(theirs) * 1000 <= theirs, "{}: {mine} {theirs}", policy.name());
        }
    });
}
