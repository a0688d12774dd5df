//! What to do when a connection cannot be accepted.

use std::fs::File;
use std::io;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::net::TcpListener;

use crate::{Counters, TurnedAway};

const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Without a free descriptor the waiting connection stays ready, and accepting it would fail in a
/// tight loop. A descriptor kept in reserve lets one client know, and each failure doubles a pause.
#[derive(Debug, Default)]
pub(super) struct Shedding {
    reserve: Option<File>,
    pause: Option<Duration>,
}

impl Shedding {
    pub(super) async fn pause(&mut self) {
        if let Some(pause) = self.pause {
            tokio::time::sleep(pause).await;
        }
        if self.reserve.is_none() {
            self.reserve = File::open("/dev/null").ok();
        }
    }

    pub(super) fn recover(&mut self) {
        self.pause = None;
    }

    pub(super) fn shed(
        &mut self,
        listener: &TcpListener,
        problem: &io::Error,
        counters: &Counters,
    ) {
        if !is_shortage(problem) {
            // The client gave up before it was accepted.
            return;
        }
        if self.pause.is_none() {
            tracing::warn!(%problem, "cannot accept connections; raise the limit on open files");
        }
        let pause = self.pause.map_or(SHORTEST_PAUSE, |pause| pause * 2);
        self.pause = Some(pause.min(LONGEST_PAUSE));
        self.reserve = None;
        if let Some(Ok(turned_away)) = listener.accept().now_or_never() {
            drop(turned_away);
            counters.turned_away(TurnedAway::NoDescriptor).add_one();
        }
    }
}

fn is_shortage(problem: &io::Error) -> bool {
    // ENOMEM, ENFILE, EMFILE, ENOBUFS.
    matches!(problem.raw_os_error(), Some(12 | 23 | 24 | 105))
}
