//! The end of a server: the first signal lets requests in flight finish, a second one does not.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::aside;
use crate::event::Event;
use crate::passed::notify;
use crate::platform::Platform;

/// How long functions that outlived the drain have to end by themselves.
const AFTER_THE_DEADLINE: Duration = Duration::ZERO;
/// Noting in the store what came of the last invocations.
const NOTING: Duration = Duration::from_secs(2);

/// What the system and people tell a server.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Stop,
    Reload,
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }

    /// Completes when somebody wants the server to end.
    pub(crate) async fn stop(&mut self) {
        while self.next().await != Asked::Stop {}
    }
}

/// Waits for a signal to stop and carries it out. Gives the number of connections that were cut
/// off.
pub(crate) async fn until_the_end(platform: &Arc<Platform>, mut signals: Signals) -> u64 {
    while signals.next().await == Asked::Reload {
        let platform = Arc::clone(platform);
        // What it finds out, it reports itself.
        aside::spawn(async move { platform.reload(&[]).await.map(drop) });
    }
    platform.drain.start();
    notify("STOPPING=1");
    platform.report(&Event::Draining);
    let deadline = platform.options.drain_timeout;
    let began = platform.clock.moment();
    let finish = platform.drain.finish(deadline);
    tokio::pin!(finish);
    let drained = tokio::select! {
        drained = &mut finish => drained,
        () = signals.stop() => {
            platform.drain.cut();
            finish.await
        }
    };
    let left = deadline.saturating_sub(platform.clock.moment().since(began));
    let grace = if drained.cut > 0 { AFTER_THE_DEADLINE } else { left };
    tokio::select! {
        () = end_functions(platform, grace) => {}
        // The launcher takes every environment along when the server ends.
        () = signals.stop() => {}
    }
    tokio::select! {
        // After the functions, which may be talking to them.
        () = stop_processes(platform) => platform.functions.logs().flush(),
        () = signals.stop() => {}
    }
    drained.cut
}

/// What ran asynchronously is noted before the store closes.
async fn end_functions(platform: &Platform, grace: Duration) {
    // Messages that nobody takes any more stay in their queues.
    let _ = tokio::time::timeout(grace, platform.triggers.stop()).await;
    platform.functions.drain(grace).await;
    platform.asynchronous.close(NOTING).await;
}

/// Processes first: they may be talking to caches.
async fn stop_processes(platform: &Platform) {
    platform.processes.stop().await;
    platform.caches.stop().await;
}
