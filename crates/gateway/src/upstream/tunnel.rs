//! Bytes both ways after an upgrade.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::Instant;
use wire::Upgrade;

use super::lane::Lane;

/// Joins the client's connection to the upstream's until either ends or both fall silent. A drain
/// that reaches its deadline cuts the client's side, which ends the tunnel.
pub(super) async fn run(client: Upgrade, lane: Box<Lane>, idle: Duration) {
    let (upstream, first) = lane.into_stream();
    let Some(client) = client.opened().await else { return };
    if let Err(problem) = join(client, upstream, &first, idle).await {
        tracing::debug!(%problem, "tunnel ended");
    }
}

async fn join(
    client: impl AsyncRead + AsyncWrite + Unpin,
    upstream: impl AsyncRead + AsyncWrite + Unpin,
    first: &[u8],
    idle: Duration,
) -> io::Result<()> {
    let last = Rc::new(Cell::new(Instant::now()));
    let mut client = Noted { stream: client, last: Rc::clone(&last) };
    let mut upstream = Noted { stream: upstream, last: Rc::clone(&last) };
    client.write_all(first).await?;
    tokio::select! {
        copied = tokio::io::copy_bidirectional(&mut client, &mut upstream) => copied.map(drop),
        () = silence(&last, idle) => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn silence(last: &Cell<Instant>, idle: Duration) {
    loop {
        let due = last.get() + idle;
        if Instant::now() >= due {
            return;
        }
        tokio::time::sleep_until(due).await;
    }
}

/// Notes when something was read.
struct Noted<S> {
    stream: S,
    last: Rc<Cell<Instant>>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Noted<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buf);
        if polled.is_ready() {
            this.last.set(Instant::now());
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Noted<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
