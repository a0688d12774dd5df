//! The ports that people and programs control a server by, and what it tells about functions.

use std::net::TcpListener;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use aws::{Backing, FrontDoor};
use functions::logs::{Follow, Followed};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use wire::{Acceptor, Admission, Answer, ConnectionLimits, Counters, Drain, DrainHandle};

use crate::admin::Admin;
use crate::aside::Inside;
use crate::event::{Event, Logged};
use crate::listeners::ControlListeners;
use crate::platform::Platform;

/// What is open on these ports when everything else has ended may end within this time.
const GRACE: Duration = Duration::from_millis(500);
/// Connections to each of the two ports; SDKs keep pools.
const MOST_CONNECTIONS: NonZeroU32 = NonZeroU32::new(1024).expect("not zero");

/// The admin and AWS ports, served on the thread that made this.
pub(crate) struct Control {
    drain: DrainHandle,
    tasks: [JoinHandle<()>; 2],
}

impl Control {
    /// Runs inside a `LocalSet`.
    pub(crate) fn serve(platform: &Arc<Platform>, ports: ControlListeners) -> Self {
        // Their drain comes last: until then they say that the server is draining.
        let (drain, _) = Drain::new();
        let admin = Admin::new(Arc::clone(platform));
        let front_door = FrontDoor::new(backing(platform), fastrand::u64(..));
        let tasks = [
            spawn(platform, ports.admin, admin, &drain),
            spawn(platform, ports.aws, front_door, &drain),
        ];
        Self { drain, tasks }
    }

    pub(crate) async fn end(self) {
        self.drain.finish(GRACE).await;
        for task in self.tasks {
            // A panic in it was reported when it happened.
            let _ = task.await;
        }
    }
}

/// What the AWS port's actions act on.
fn backing(platform: &Arc<Platform>) -> Backing {
    Backing {
        account: platform.options.inputs.account.clone(),
        api_url: platform.addresses.api.as_str().into(),
        account_concurrency: platform.options.account_concurrency,
        access_keys: Arc::clone(&platform.access_keys),
        clock: Arc::clone(&platform.clock),
        invoke: platform.functions.clone(),
        catalogue: Arc::clone(platform) as Arc<dyn aws::Catalogue>,
        control: Arc::clone(&platform.resources) as Arc<dyn aws::Control>,
        queues: Arc::clone(&platform.queues),
        topics: Arc::clone(&platform.topics),
        triggers: Arc::clone(&platform.triggers.triggers),
        seal: Arc::clone(&platform.sealing) as Arc<dyn aws::Seal>,
        functions: Arc::clone(&platform.functions),
        asynchronous: Arc::clone(&platform.asynchronous),
        tally: Arc::clone(&platform.aws_calls),
    }
}

fn spawn(
    platform: &Arc<Platform>,
    listener: TcpListener,
    answer: impl Answer,
    drain: &DrainHandle,
) -> JoinHandle<()> {
    let acceptor = Acceptor {
        listener,
        limits: ConnectionLimits { drain_quiet: Duration::ZERO, ..ConnectionLimits::default() },
        tls: None,
        admission: Admission::new(None, Some(MOST_CONNECTIONS)),
        counters: Arc::new(Counters::default()),
        clock: Arc::clone(&platform.clock),
        drain: drain.join(),
    };
    let reporter = Arc::clone(&platform.reporter);
    let inside = Inside { control: Handle::current(), answer };
    // Its connections are the main thread's own.
    tokio::task::spawn_local(async move {
        if let Err(error) = acceptor.serve(Rc::new(inside)).await {
            reporter.report(&Event::from(crate::trouble::Trouble::from(format!(
                "control port: {error}"
            ))));
        }
    })
}

/// What is logged from now on, if the reporter wants it.
pub(crate) fn follow_logs(platform: &Platform) -> Option<Follow> {
    platform.reporter.watches_logs().then(|| platform.functions.logs().follow(None))
}

/// Passes it on to the reporter.
pub(crate) async fn tell_logs(mut follow: Follow, platform: Arc<Platform>) {
    while let Some(followed) = follow.next().await {
        let logged = match followed {
            Followed::Record(record) => Logged::Record(record),
            Followed::Missed(records) => Logged::Missed(records),
        };
        platform.report(&Event::Log(logged));
    }
}
