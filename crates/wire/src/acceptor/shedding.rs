//! What to do when a connection cannot be accepted.

use std::fs::File;
use std::io;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::{Counters, TurnedAway};

const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Without a free descriptor the waiting connection stays ready, and accepting it would fail in a
/// tight loop. A descriptor kept in reserve lets one client know, and each failure doubles a pause.
#[derive(Debug, Default)]
pub(super) struct Shedding {
    reserve: Option<File>,
    pause: Option<Pause>,
}

#[derive(Debug, Clone, Copy)]
struct Pause {
    length: Duration,
    /// A point in time, so that waiting for it can be given up and taken up again.
    until: Instant,
}

impl Shedding {
    pub(super) async fn pause(&mut self) {
        if let Some(pause) = self.pause {
            tokio::time::sleep_until(pause.until).await;
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
        let length = self.pause.map_or(SHORTEST_PAUSE, |pause| pause.length * 2).min(LONGEST_PAUSE);
        self.pause = Some(Pause { length, until: Instant::now() + length });
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

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn without_descriptors_one_client_is_told_and_the_next_attempt_waits() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        let counters = Counters::default();
        let mut shedding = Shedding::default();
        shedding.pause().await;
        assert!(shedding.reserve.is_some());
        let mut client =
            TcpStream::connect(listener.local_addr().expect("address")).await.expect("tcp");
        let none_left = io::Error::from_raw_os_error(24);
        // The listener learns of the client only when its runtime has looked.
        while counters.turned_away(TurnedAway::NoDescriptor).get() == 0 {
            shedding.shed(&listener, &none_left, &counters);
            assert!(shedding.reserve.is_none());
            tokio::task::yield_now().await;
        }
        assert_eq!(client.read(&mut [0]).await.unwrap_or(0), 0);
        for _ in 0..10 {
            shedding.shed(&listener, &none_left, &counters);
        }
        assert_eq!(shedding.pause.expect("a pause").length, LONGEST_PAUSE);
        shedding.recover();
        assert!(shedding.pause.is_none());
    }

    #[tokio::test]
    async fn a_client_that_gave_up_is_no_shortage() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        let mut shedding = Shedding::default();
        shedding.shed(&listener, &io::ErrorKind::ConnectionAborted.into(), &Counters::default());
        assert!(shedding.pause.is_none());
    }
}
