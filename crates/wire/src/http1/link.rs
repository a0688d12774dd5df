//! One client's connection, as whoever serves it and the body of its request share it.

mod body;

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use crate::Refusal;
use crate::connection::pulse::{Order, Pulse, Stage};
use crate::connection::registration::Registration;
use crate::guard::{Framing, Outline, Step};
use crate::outgoing::Outgoing;
use crate::socket::Socket;
use crate::watched::{Upgraded, Watched};

/// Dropped, it closes.
pub(crate) struct Link {
    socket: Socket,
    /// Read and not used yet.
    input: BytesMut,
    framing: Framing,
    pub(super) outgoing: Outgoing,
    body: Body,
    /// The client sends nothing more.
    has_ended: bool,
    stage: Stage,
    is_stalled: bool,
    pulse: Arc<Pulse>,
    registration: Registration,
}

/// The body of the request under way.
#[derive(Default)]
struct Body {
    is_there: bool,
    /// Nobody will read on.
    is_abandoned: bool,
    /// The client waits to be told that it is wanted.
    is_held_back: bool,
    /// It is being told.
    is_asked_for: bool,
    broken: Option<Refusal>,
    received: u64,
    trailers: HeaderMap,
    reader: Option<Waker>,
}

/// What a client does next.
pub(super) enum Next {
    /// The head has been taken out of the input.
    Request(Outline, Bytes),
    Refused(Refusal),
    /// It has gone.
    End,
}

/// How much is read at a time, and how much room is left before more is made: most requests fit into
/// either, and are read by one system call.
const PIECE: usize = 4 << 10;
const LEAST_ROOM: usize = 2 << 10;

impl Link {
    /// `first` was read before it was known that the client speaks HTTP/1.
    pub(crate) fn new(
        socket: Socket,
        first: &[u8],
        framing: Framing,
        registration: Registration,
    ) -> Self {
        Self {
            socket,
            input: BytesMut::from(first),
            framing,
            outgoing: Outgoing::default(),
            body: Body::default(),
            has_ended: false,
            stage: Stage::Opening,
            is_stalled: false,
            pulse: Arc::clone(registration.pulse()),
            registration,
        }
    }

    pub(super) fn framing(&self) -> &Framing {
        &self.framing
    }

    fn enter(&mut self, stage: Stage) {
        if self.stage != stage {
            self.stage = stage;
            self.pulse.enter(stage);
        }
    }

    /// The next head.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Next>> {
        loop {
            match self.framing.step(&self.input) {
                Ok(Step::Head(outline)) => {
                    // Whatever it was, it was given to a connection without a request.
                    self.pulse.give(Order::None);
                    let head = self.input.split_to(outline.length).freeze();
                    self.settle_stage();
                    return Poll::Ready(Ok(Next::Request(outline, head)));
                }
                Ok(Step::More) => {}
                Ok(_) => return Poll::Ready(Ok(Next::End)),
                Err((_, refusal)) => return Poll::Ready(Ok(Next::Refused(refusal))),
            }
            if !self.input.is_empty() {
                self.enter(Stage::Head);
                if self.pulse.order() == Order::ExpireHead {
                    return Poll::Ready(Ok(Next::Refused(Refusal::SlowHead)));
                }
            }
            self.forget_overdue();
            if self.input.is_empty() && self.input.capacity() > 2 * PIECE {
                // A large body needed it; an idle connection does not.
                self.input = BytesMut::new();
            }
            match self.poll_fill(LEAST_ROOM, PIECE, cx)? {
                Poll::Ready(0) => return Poll::Ready(Ok(Next::End)),
                Poll::Ready(_) => {}
                Poll::Pending if self.is_retired() => return Poll::Ready(Ok(Next::End)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Whether the rest ends here. It does not where the kernel has a request that the runtime has not
    /// heard of: closing would reset the connection under its client.
    fn is_retired(&self) -> bool {
        if self.pulse.order() != Order::Retire {
            return false;
        }
        let is_retired = self.input.is_empty() && self.socket.is_silent();
        if !is_retired {
            self.pulse.give(Order::None);
        }
        is_retired
    }

    /// What was overdue has arrived in the meantime.
    fn forget_overdue(&self) {
        if matches!(self.pulse.order(), Order::ExpireHead | Order::ExpireBody) {
            self.pulse.give(Order::None);
        }
    }

    /// After a head, and after the end of a body.
    fn settle_stage(&mut self) {
        let stage = if self.framing.is_in_body() {
            Stage::Body
        } else if self.framing.is_undecided() {
            Stage::Undecided
        } else {
            Stage::Rest
        };
        self.enter(stage);
    }

    /// Reads on while an answer is awaited. Ready when nobody waits for it any more.
    pub(super) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.has_body() {
            return self.poll_ahead(cx);
        }
        // Further requests wait for their turn, and are not read before it.
        if !self.input.is_empty() {
            return Poll::Pending;
        }
        match ready!(self.poll_fill(LEAST_ROOM, PIECE, cx))? {
            0 => Poll::Ready(Ok(())),
            _ => Poll::Pending,
        }
    }

    /// Reads into what room there is, or into that for `most` where it is less than `least`.
    fn poll_fill(
        &mut self,
        least: usize,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.has_ended {
            return Poll::Ready(Ok(0));
        }
        if self.input.capacity() - self.input.len() < least {
            self.input.reserve(most);
        }
        let count = ready!(pin!(self.socket.read_buf(&mut self.input)).poll(cx))?;
        self.has_ended = count == 0;
        Poll::Ready(Ok(count))
    }

    /// Whether the next request may follow: the one before has been read whole.
    pub(super) fn is_at_rest(&self) -> bool {
        self.framing.is_in_head() && self.body.broken.is_none()
    }

    /// Writes what waits.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = self.poll_write(cx);
        if polled.is_pending() != self.is_stalled {
            self.is_stalled = polled.is_pending();
            self.pulse.set_stalled(self.is_stalled);
        }
        polled
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            ready!(self.outgoing.poll_write(Pin::new(&mut self.socket), cx))?;
        }
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    /// The client's upgrade was not granted: requests follow.
    pub(super) fn decline_upgrade(&mut self) {
        if self.framing.is_undecided() {
            self.framing.decline_upgrade();
            self.settle_stage();
        }
    }

    /// It was: all that follows is opaque.
    pub(super) fn into_upgraded(self) -> Upgraded {
        let early = self.input.freeze();
        Upgraded(Watched::new(self.socket, early, Stage::Tunnel, self.registration))
    }

    /// Whether the client has sent nothing that was not read.
    pub(super) fn is_read_up(&self) -> bool {
        self.is_at_rest() && self.input.is_empty()
    }

    /// Says that nothing more will be sent.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    /// Reads on after the last answer, so that closing does not reset the connection while the answer
    /// is on its way.
    pub(super) fn poll_linger(
        &mut self,
        left: &mut usize,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.enter(Stage::Linger);
        let mut scrap = [0; 4096];
        while *left > 0 && !self.has_ended {
            let mut buf = ReadBuf::new(&mut scrap);
            ready!(Pin::new(&mut self.socket).poll_read(cx, &mut buf))?;
            *left = left.saturating_sub(buf.filled().len());
            self.has_ended = buf.filled().is_empty();
        }
        Poll::Ready(Ok(()))
    }
}
