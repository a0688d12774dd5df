//! From hyper to the client, up to the end of the connection.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Guard, Mode};
use crate::connection::pulse::Stage;
use crate::gather;

/// How much of a refused message is read and thrown away.
const LINGER_BYTES: usize = 1 << 20;

impl<S: AsyncRead + Unpin> Guard<S> {
    /// Reads on after the last answer, so that closing does not reset the connection while the
    /// answer is on its way.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scrap = [0; 4096];
        while self.lingering.is_some_and(|left| left > 0) {
            let mut buf = ReadBuf::new(&mut scrap);
            let polled = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf));
            let count = buf.filled().len();
            if polled.is_err() || count == 0 {
                break;
            }
            self.lingering = self.lingering.map(|left| left.saturating_sub(count));
        }
        Poll::Ready(Ok(()))
    }

    fn must_linger(&self) -> bool {
        let unread = self.deaf || self.framing.is_in_body() || !self.held.is_empty();
        self.mode == Mode::Http1 && !self.ended && (unread || self.pulse.announced_close())
    }
}

impl<S> Guard<S> {
    fn note_write<T>(&mut self, polled: Poll<T>) -> Poll<T> {
        if polled.is_pending() != self.stalled {
            self.stalled = polled.is_pending();
            self.pulse.set_stalled(self.stalled);
        }
        polled
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let guard = self.get_mut();
        let polled = Pin::new(&mut guard.stream).poll_write(cx, bytes);
        guard.note_write(polled)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let guard = self.get_mut();
        let polled = gather::poll_write(Pin::new(&mut guard.stream), cx, slices);
        guard.note_write(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let guard = self.get_mut();
        if guard.lingering.is_none() {
            ready!(Pin::new(&mut guard.stream).poll_shutdown(cx))?;
            guard.lingering = Some(if guard.must_linger() { LINGER_BYTES } else { 0 });
            guard.enter(Stage::Linger);
        }
        guard.poll_linger(cx)
    }
}
