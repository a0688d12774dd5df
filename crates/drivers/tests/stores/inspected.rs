//! Many callers, looked at at once.

use std::sync::Arc;
use std::time::Duration;

use drivers::redis::{Options, Time, connect};
use futures_util::future::join_all;
use limits::{Ask, Limits, Look, Policy};
use model::{Clock, ManualClock, Rule, Timestamp};

use crate::servers::{Program, Server};

/// More than can wait for their turn.
const CALLERS: usize = 20_000;

#[test]
fn every_caller_that_is_known_is_shown() {
    let server = Server::start(Program::Redis, &[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(async {
        let clock = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
        let options = Options {
            time: Time::Given,
            timeout: Duration::from_secs(10),
            ..Options::new(server.url(), clock.clone())
        };
        let limits = connect(options).await.expect("the store is well");
        let rule = Rule::FixedWindow { limit: 10, per: Duration::from_hours(24) };
        let policy = Policy::new("test", "daily", rule).expect("policy");
        let callers: Vec<_> = (0..CALLERS).map(|number| format!("caller {number}")).collect();
        for some in callers.chunks(1000) {
            let decisions = join_all(some.iter().map(|name| {
                let key = limits.seed().key(&policy).text(name.as_bytes()).finish();
                limits.decide(&[Ask::one(&policy, key).named(name)], clock.now())
            }));
            assert!(decisions.await.iter().all(limits::Decision::is_allowed));
        }
        let entries = limits.inspect(&Look::default(), clock.now()).await.expect("all of them");
        assert_eq!(entries.len(), CALLERS);
        assert!(entries.iter().all(|entry| entry.used == 1));
    });
}
