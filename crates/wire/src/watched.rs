//! A connection's bytes for whoever speaks something else than HTTP/1 over it: HTTP/2, or what the two
//! ends of an upgrade agreed on.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connection::pulse::{Order, Pulse, Stage};
use crate::connection::registration::Registration;
use crate::gather;
use crate::socket::Socket;

/// The sweep sees whether it is stuck. Dropped, it closes.
#[derive(Debug)]
pub(crate) struct Watched {
    socket: Socket,
    /// What was read before its time.
    early: Bytes,
    stalled: bool,
    pulse: Arc<Pulse>,
    _registration: Registration,
}

impl Watched {
    pub(crate) fn new(
        socket: Socket,
        early: Bytes,
        stage: Stage,
        registration: Registration,
    ) -> Self {
        let pulse = Arc::clone(registration.pulse());
        pulse.set_stalled(false);
        pulse.enter(stage);
        Self { socket, early, stalled: false, pulse, _registration: registration }
    }

    fn note_write<T>(&mut self, polled: Poll<T>) -> Poll<T> {
        if polled.is_pending() != self.stalled {
            self.stalled = polled.is_pending();
            self.pulse.set_stalled(self.stalled);
        }
        polled
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let watched = self.get_mut();
        if watched.early.is_empty() {
            return Pin::new(&mut watched.socket).poll_read(cx, buf);
        }
        let step = watched.early.len().min(buf.remaining());
        buf.put_slice(&watched.early[..step]);
        watched.early.advance(step);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let watched = self.get_mut();
        let polled = Pin::new(&mut watched.socket).poll_write(cx, bytes);
        watched.note_write(polled)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let watched = self.get_mut();
        let polled = gather::poll_write(Pin::new(&mut watched.socket), cx, slices);
        watched.note_write(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}

/// The client's side of a connection that has changed its protocol. A drain that reaches its
/// deadline ends it.
#[derive(Debug)]
pub struct Upgraded(pub(crate) Watched);

impl AsyncRead for Upgraded {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let watched = &mut self.get_mut().0;
        // The task that served the connection is gone; the one that reads now obeys.
        watched.pulse.register(cx.waker());
        if watched.pulse.order() == Order::Cut {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(watched).poll_read(cx, buf)
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}
