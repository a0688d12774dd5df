//! The guard in its place: between the socket and hyper.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Framing, Refusal, Violation};
use crate::connection::pulse::{Order, Pulse, Stage, Upgrade};
use crate::connection::registration::Registration;

/// How much is read at a time while a head is being put together.
const PIECE: usize = 8 << 10;
/// How much of a refused message is read and thrown away.
const LINGER_BYTES: usize = 1 << 20;

/// Handed to hyper in place of a refused head, so that the refusal is answered in its turn. It is
/// recognised by its position alone: nothing a client sends can pass for it.
const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";

/// A connection's bytes as hyper sees them.
pub(crate) struct Guard<S> {
    stream: S,
    mode: Mode,
    framing: Framing,
    /// Bytes read but not handed on: the first `passed` may be.
    held: Vec<u8>,
    passed: usize,
    /// Reported once the bytes before it have been handed on.
    broken: Option<Refusal>,
    deaf: bool,
    ended: bool,
    stage: Stage,
    heads: u32,
    received: u64,
    stalled: bool,
    lingering: Option<usize>,
    pulse: Arc<Pulse>,
    _registration: Registration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Http1,
    Http2,
    Tunnel,
}

impl<S> Guard<S> {
    pub(crate) fn http1(
        stream: S,
        framing: Framing,
        first: Vec<u8>,
        registration: Registration,
    ) -> Self {
        let mut guard = Self::new(stream, Mode::Http1, framing, first, registration);
        if guard.held.is_empty() {
            return guard;
        }
        guard.feed_held();
        guard.settle_stage();
        guard
    }

    pub(crate) fn http2(
        stream: S,
        framing: Framing,
        first: Vec<u8>,
        registration: Registration,
    ) -> Self {
        let mut guard = Self::new(stream, Mode::Http2, framing, first, registration);
        guard.passed = guard.held.len();
        guard.enter(Stage::Http2);
        guard
    }

    fn new(
        stream: S,
        mode: Mode,
        framing: Framing,
        held: Vec<u8>,
        registration: Registration,
    ) -> Self {
        Self {
            stream,
            mode,
            framing,
            held,
            passed: 0,
            broken: None,
            deaf: false,
            ended: false,
            stage: Stage::Opening,
            heads: 0,
            received: 0,
            stalled: false,
            lingering: None,
            pulse: Arc::clone(registration.pulse()),
            _registration: registration,
        }
    }

    fn enter(&mut self, stage: Stage) {
        if self.stage != stage {
            self.stage = stage;
            self.pulse.enter(stage);
        }
    }

    fn settle_stage(&mut self) {
        let stage = if self.framing.is_in_body() {
            Stage::Body
        } else if !self.framing.is_in_head() {
            Stage::Undecided
        } else if self.held.len() > self.passed {
            Stage::Head
        } else {
            Stage::Rest
        };
        if stage == Stage::Body && self.heads != self.framing.heads() {
            self.received = 0;
            self.pulse.begin_body();
        }
        self.heads = self.framing.heads();
        self.enter(stage);
    }

    /// Judges what is held beyond what has passed.
    fn feed_held(&mut self) {
        let fed = self.framing.feed(&self.held[self.passed..]);
        self.passed += fed.passed;
        if let Some(refusal) = fed.refusal {
            self.refuse(refusal);
        } else if self.framing.is_undecided() {
            self.pulse.set_upgrade(Upgrade::Undecided);
        }
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.held.truncate(self.passed);
        self.deaf = true;
        if self.stage_is_body_of(refusal) {
            self.broken = Some(refusal);
            self.pulse.refuse_body(refusal);
        } else {
            self.pulse.refuse(refusal, self.framing.heads());
            self.held.extend_from_slice(STAND_IN);
            self.passed = self.held.len();
        }
        self.framing.refuse();
    }

    fn stage_is_body_of(&self, refusal: Refusal) -> bool {
        use Refusal::{ChunkEnd, ChunkExtension, ChunkSize, SlowBody, Trailer};
        matches!(refusal, ChunkSize | ChunkExtension | ChunkEnd | Trailer | SlowBody)
    }

    /// Whether anything was handed on.
    fn deliver_held(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        if self.passed == 0 {
            return false;
        }
        let step = self.passed.min(buf.remaining());
        buf.put_slice(&self.held[..step]);
        self.passed -= step;
        if step == self.held.len() {
            // Holding is the exception; an idle connection keeps no buffer for it.
            self.held = Vec::new();
        } else {
            self.held.drain(..step);
        }
        true
    }

    fn obey(&mut self) {
        match self.pulse.order() {
            Order::ExpireHead if self.framing.is_in_head() && self.held.len() > self.passed => {
                self.refuse(Refusal::SlowHead);
            }
            Order::ExpireBody if self.framing.is_in_body() => self.refuse(Refusal::SlowBody),
            // What was overdue has arrived in the meantime.
            Order::ExpireHead | Order::ExpireBody => {}
            Order::None | Order::Retire | Order::Cut => return,
        }
        self.pulse.give(Order::None);
    }

    /// Whether the guard still waits for the fate of an upgrade.
    fn await_upgrade(&mut self) -> bool {
        if !self.framing.is_undecided() {
            return false;
        }
        match self.pulse.upgrade() {
            Upgrade::Granted => {
                self.framing.open_tunnel();
                self.mode = Mode::Tunnel;
                self.passed = self.held.len();
                self.enter(Stage::Tunnel);
                false
            }
            Upgrade::Declined | Upgrade::None => {
                self.pulse.set_upgrade(Upgrade::None);
                self.framing.decline_upgrade();
                self.feed_held();
                self.settle_stage();
                false
            }
            Upgrade::Undecided => true,
        }
    }
}

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
        let polled = Pin::new(&mut guard.stream).poll_write_vectored(cx, slices);
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
