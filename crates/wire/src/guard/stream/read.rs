//! From the client to hyper.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::super::Violation;
use super::{Guard, Mode, PIECE};
use crate::connection::pulse::{Order, Stage, Upgrade};

impl<S: AsyncRead + Unpin> Guard<S> {
    fn poll_http1(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.deliver_held(buf) {
                return Poll::Ready(Ok(()));
            }
            if let Some(refusal) = self.broken.take() {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    Violation(refusal),
                )));
            }
            if self.deaf {
                return Poll::Pending;
            }
            if self.pulse.order() != Order::None {
                self.obey();
                if self.deaf {
                    continue;
                }
            }
            let is_waiting = self.await_upgrade();
            if self.mode == Mode::Tunnel || self.deaf || self.passed > 0 {
                return self.poll_again(cx, buf);
            }
            if is_waiting || !self.held.is_empty() {
                if is_waiting && self.held.len() >= PIECE {
                    // The answer wakes whoever waits.
                    self.pulse.register(cx.waker());
                    return Poll::Pending;
                }
                if ready!(self.poll_into_held(cx))? == 0 {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            if ready!(self.poll_direct(cx, buf))? {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn poll_again(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.mode {
            Mode::Http1 => self.poll_http1(cx, buf),
            Mode::Http2 => self.poll_http2(cx, buf),
            Mode::Tunnel => self.poll_tunnel(cx, buf),
        }
    }

    /// Reads into hyper's own buffer and takes back what may not pass. `false`: nothing passed.
    fn poll_direct(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<bool>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if polled.is_pending() {
            self.pulse.set_reading(true);
            return Poll::Pending;
        }
        ready!(polled)?;
        let new = &buf.filled()[before..];
        if new.is_empty() {
            self.ended = true;
            return Poll::Ready(Ok(true));
        }
        let count = new.len();
        let fed = self.framing.feed(new);
        if fed.passed < count && fed.refusal.is_none() {
            self.held.extend_from_slice(&new[fed.passed..]);
        }
        buf.set_filled(before + fed.passed);
        if let Some(refusal) = fed.refusal {
            self.refuse(refusal);
        } else if self.framing.is_undecided() {
            self.pulse.set_upgrade(Upgrade::Undecided);
        }
        self.note_arrival(count);
        Poll::Ready(Ok(fed.passed > 0))
    }

    fn poll_into_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let before = self.held.len();
        self.held.resize(before + PIECE, 0);
        let mut piece = ReadBuf::new(&mut self.held[before..]);
        let polled = Pin::new(&mut self.stream).poll_read(cx, &mut piece);
        let count = piece.filled().len();
        self.held.truncate(before + count);
        if polled.is_pending() {
            self.pulse.set_reading(true);
            return Poll::Pending;
        }
        ready!(polled)?;
        if count == 0 {
            self.ended = true;
        } else if !self.framing.is_undecided() {
            self.feed_held();
        }
        self.note_arrival(count);
        Poll::Ready(Ok(count))
    }

    fn note_arrival(&mut self, count: usize) {
        self.settle_stage();
        if self.stage == Stage::Body {
            self.received += count as u64;
            self.pulse.set_received(self.received);
        }
    }

    fn poll_http2(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.deliver_held(buf) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }

    fn poll_tunnel(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.deliver_held(buf) {
            return Poll::Ready(Ok(()));
        }
        // The task that served the connection is gone; the one that reads now obeys.
        self.pulse.register(cx.waker());
        if self.pulse.order() == Order::Cut {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let guard = self.get_mut();
        let polled = guard.poll_again(cx, buf);
        if polled.is_ready() {
            guard.pulse.set_reading(false);
        }
        polled
    }
}
