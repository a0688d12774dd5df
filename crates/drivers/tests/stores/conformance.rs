//! The suite that every backend passes, on each kind of store.

use std::sync::Arc;
use std::time::Duration;

use drivers::redis::{Options, Redis, Time, connect};
use limits::Limits;
use limits::conformance::{Bed, CASES, Pending};
use model::{Clock, ManualClock, Now, Timestamp};

use crate::servers::{Cluster, Program, Server};

/// A store whose time is moved by hand.
struct Moved {
    limits: Redis,
    clock: Arc<ManualClock>,
}

impl Bed for Moved {
    fn limits(&self) -> &dyn Limits {
        &self.limits
    }

    fn now(&self) -> Now {
        self.clock.now()
    }

    fn advance(&self, span: Duration) -> Pending<'_> {
        self.clock.advance(span);
        Box::pin(std::future::ready(()))
    }

    fn precision(&self) -> Duration {
        Duration::from_micros(1)
    }
}

fn passes(options: impl Fn(Arc<ManualClock>) -> Options) {
    for case in CASES {
        eprintln!("case {}", case.name);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("runtime").block_on(async {
            let clock = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
            let options = Options {
                namespace: case.name.to_owned(),
                time: Time::Given,
                timeout: Duration::from_secs(5),
                ..options(Arc::clone(&clock))
            };
            let limits = connect(options).await.expect("the store is well");
            (case.run)(Box::new(Moved { limits, clock })).await;
        });
    }
}

#[test]
fn redis() {
    let server = Server::start(Program::Redis, &[]);
    passes(|clock| Options::new(server.url(), clock));
}

#[test]
fn redis_with_tls_and_a_password() {
    let (server, authority) = Server::start_with_tls(&["--requirepass", "s3cret"]);
    let url = format!("rediss://:s3cret@127.0.0.1:{}", server.port);
    passes(|clock| Options {
        authority: Some(authority.clone()),
        ..Options::new(url.clone(), clock)
    });
}

#[test]
fn valkey() {
    let server = Server::start(Program::Valkey, &[]);
    passes(|clock| Options::new(server.url(), clock));
}

#[test]
fn a_cluster_of_six_nodes() {
    let cluster = Cluster::start();
    passes(|clock| Options::new(cluster.url(), clock));
}
