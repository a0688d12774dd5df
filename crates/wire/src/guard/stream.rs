//! The guard in its place: between the socket and hyper.

mod read;
mod write;

use std::sync::Arc;

use tokio::io::ReadBuf;

use super::{Framing, Refusal};
use crate::connection::pulse::{Order, Pulse, Stage, Upgrade};
use crate::connection::registration::Registration;

/// How much is read at a time while a head is being put together.
const PIECE: usize = 8 << 10;
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
