//! The body of the request under way.

use std::io;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use http_body::Frame;

use super::{Body, LEAST_ROOM, Link, PIECE};
use crate::connection::pulse::Order;
use crate::guard::{Outline, Step};
use crate::{BodyError, Refusal};

const INTERIM: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const LARGEST_PIECE: usize = 64 << 10;
const SMALL: usize = 16 << 10;

impl Link {
    /// After a head that announces a body.
    pub(in crate::http1) fn begin_body(&mut self, outline: &Outline) {
        self.body =
            Body { is_there: true, is_held_back: outline.expects_continue, ..Body::default() };
        self.pulse.begin_body();
        self.note_arrival(self.input.len());
    }

    /// Whether some of the body has not been read.
    pub(in crate::http1) fn has_body(&self) -> bool {
        self.body.is_there
    }

    pub(in crate::http1) fn body_refusal(&self) -> Option<Refusal> {
        self.body.broken
    }

    pub(in crate::http1) fn abandon_body(&mut self) {
        self.body.is_abandoned = true;
        self.body.reader = None;
        self.pulse.set_reading(false);
    }

    /// The answer is on its way: it is too late to ask for the body.
    pub(in crate::http1) fn stop_asking(&mut self) {
        self.body.is_held_back = false;
    }

    pub(in crate::http1) fn poll_body(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            if !self.body.is_there {
                return Poll::Ready(None);
            }
            if self.pulse.order() == Order::ExpireBody {
                self.pulse.give(Order::None);
                self.break_body(Refusal::SlowBody);
            }
            match self.body.broken {
                Some(Refusal::SlowBody) => return Poll::Ready(Some(Err(BodyError::TooSlow))),
                Some(refusal) => return Poll::Ready(Some(Err(BodyError::Malformed(refusal)))),
                None => {}
            }
            if ready!(self.poll_ask(cx)).is_err() {
                return Poll::Ready(Some(Err(BodyError::Incomplete)));
            }
            match self.next_piece() {
                Ok(Some(frame)) => return Poll::Ready(Some(Ok(frame))),
                Ok(None) if !self.body.is_there => {}
                Ok(None) => match ready!(self.poll_more(cx)) {
                    Ok(0) | Err(_) => return Poll::Ready(Some(Err(BodyError::Incomplete))),
                    Ok(_) => {}
                },
                Err(refusal) => self.break_body(refusal),
            }
        }
    }

    /// Tells a client that waits for it that its body is wanted.
    fn poll_ask(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.body.is_held_back) {
            self.body.is_asked_for = true;
            self.outgoing.head(|out| out.extend_from_slice(INTERIM));
        }
        if self.body.is_asked_for {
            ready!(self.poll_flush(cx))?;
            self.body.is_asked_for = false;
        }
        Poll::Ready(Ok(()))
    }

    /// What of the body has arrived.
    fn next_piece(&mut self) -> Result<Option<Frame<Bytes>>, Refusal> {
        loop {
            let step = self.framing.step(&self.input).map_err(|(_, refusal)| refusal)?;
            let frame = match step {
                Step::Content(length) => Some(Frame::data(self.input.split_to(length).freeze())),
                Step::More => return Ok(None),
                step => {
                    self.input.advance(step.length());
                    None
                }
            };
            if matches!(step, Step::Field(_)) {
                self.keep_field();
            }
            if !self.framing.is_in_body() {
                self.body.is_there = false;
                self.settle_stage();
                let trailers = std::mem::take(&mut self.body.trailers);
                return Ok(frame.or_else(|| some_fields(trailers)));
            }
            if frame.is_some() {
                return Ok(frame);
            }
        }
    }

    fn keep_field(&mut self) {
        let Some((name, value)) = self.framing.field() else { return };
        let name = HeaderName::from_bytes(name);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            self.body.trailers.append(name, value);
        }
    }

    fn break_body(&mut self, refusal: Refusal) {
        self.framing.refuse();
        self.body.broken = Some(refusal);
    }

    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let most = self.framing.left().map_or(LARGEST_PIECE, |left| {
            usize::try_from(left).unwrap_or(LARGEST_PIECE).clamp(PIECE, LARGEST_PIECE)
        });
        // What is left of a small body is read at once. A read that leaves room says that there is no more.
        let polled = self.poll_fill(most.min(SMALL) + 1, most + 1, cx);
        self.pulse.set_reading(polled.is_pending());
        match &polled {
            Poll::Pending => {
                let reader = self.body.reader.take();
                let known = reader.filter(|reader| reader.will_wake(cx.waker()));
                self.body.reader = Some(known.unwrap_or_else(|| cx.waker().clone()));
            }
            Poll::Ready(Ok(count)) => self.note_arrival(*count),
            Poll::Ready(Err(_)) => {}
        }
        polled
    }

    fn note_arrival(&mut self, count: usize) {
        self.body.received += count as u64;
        self.pulse.set_received(self.body.received);
    }

    /// Whoever reads the body may be busy with what it has read. What arrives meanwhile is the
    /// client's merit all the same, up to one piece.
    pub(super) fn poll_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(reader) = &self.body.reader else { return Poll::Pending };
        if self.pulse.order() == Order::ExpireBody {
            // The sweep woke the connection, which need not be the one who reads.
            reader.wake_by_ref();
            return Poll::Pending;
        }
        if self.input.is_empty() {
            let reader = reader.clone();
            let count = ready!(self.poll_fill(LEAST_ROOM, PIECE, cx))?;
            self.note_arrival(count);
            self.pulse.set_reading(false);
            self.body.reader = None;
            reader.wake();
        }
        Poll::Pending
    }

    /// Whether what is left of the body is in the way of another request.
    pub(in crate::http1) fn is_past_reading(&self) -> bool {
        self.body.broken.is_some() || (self.body.is_there && self.body.is_abandoned)
    }

    /// Passes over what is left of a body that nobody reads, as far as it has arrived.
    pub(in crate::http1) fn drain_body(&mut self, cx: &mut Context<'_>) {
        let is_unread = self.body.is_there && self.body.is_abandoned;
        if !is_unread || self.body.is_held_back || self.body.broken.is_some() {
            return;
        }
        for _ in 0..2 {
            // What follows the body is the next request's.
            while self.body.is_there && matches!(self.next_piece(), Ok(Some(_))) {}
            if !self.body.is_there || self.poll_fill(LEAST_ROOM, PIECE, cx).is_pending() {
                return;
            }
        }
    }
}

fn some_fields(trailers: HeaderMap) -> Option<Frame<Bytes>> {
    (!trailers.is_empty()).then(|| Frame::trailers(trailers))
}
