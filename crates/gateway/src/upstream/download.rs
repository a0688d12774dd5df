//! An answer's body on its way back.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::Instant;
use wire::{Body, BodyError};

use super::crew::{InFlight, Station};
use super::lane::{Lane, Piece, ReadFault};

/// Drives its lane while it is read, and gives it back at its end. Dropped before, it closes it:
/// the rest of the answer would be in the next one's way.
struct Download {
    /// What had arrived with the head.
    first: Option<Result<Piece, ReadFault>>,
    /// Until the answer is complete.
    lane: Option<Box<Lane>>,
    station: Rc<Station>,
    idle: Duration,
    waiting: bool,
    _in_flight: InFlight,
}

/// Takes what has already arrived of a body. Most bodies have, and need no state of their own.
pub(super) fn receive(
    mut lane: Box<Lane>,
    station: Rc<Station>,
    in_flight: InFlight,
    idle: Duration,
) -> Body {
    let first = match lane.piece() {
        Ok(Piece::End) => {
            station.pool.give(lane);
            return Body::empty();
        }
        Ok(Piece::Data(bytes)) if lane.left() == Some(0) => {
            station.pool.give(lane);
            return Body::full(bytes);
        }
        Ok(Piece::More) => None,
        Ok(piece) => Some(Ok(piece)),
        Err(flaw) => Some(Err(flaw.into())),
    };
    let (lane, waiting) = (Some(lane), false);
    Body::wrap(Download { first, lane, station, idle, waiting, _in_flight: in_flight })
}

impl Download {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Piece, BodyError>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(first.map_err(explain));
        }
        let Some(lane) = &mut self.lane else { return Poll::Ready(Ok(Piece::End)) };
        // The request's own body may still be on its way, and may fail without harm to the answer.
        let _ = lane.poll_send(cx);
        if let Poll::Ready(piece) = lane.poll_piece(cx) {
            self.waiting = false;
            return Poll::Ready(piece.map_err(explain));
        }
        if !self.waiting {
            self.waiting = true;
            lane.alarm.set(self.idle);
        }
        loop {
            ready!(lane.alarm.poll(cx));
            // A silence is one of both sides.
            let moved = lane.upload().map(|upload| upload.last() + self.idle);
            match moved.filter(|due| Instant::now() < *due) {
                Some(due) => lane.alarm.set_at(due),
                None => break,
            }
        }
        let problem = io::Error::new(io::ErrorKind::TimedOut, "the upstream's body stood still");
        Poll::Ready(Err(BodyError::Source(problem.into())))
    }

    fn give_back(&mut self) {
        if let Some(lane) = self.lane.take() {
            self.station.pool.give(lane);
        }
    }
}

fn explain(fault: ReadFault) -> BodyError {
    match fault {
        ReadFault::Ended => BodyError::Incomplete,
        fault => BodyError::Source(fault.into()),
    }
}

impl http_body::Body for Download {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let download = self.get_mut();
        let piece = match ready!(download.poll_piece(cx)) {
            Ok(piece) => piece,
            Err(problem) => {
                download.lane = None;
                return Poll::Ready(Some(Err(problem)));
            }
        };
        if download.lane.as_ref().is_some_and(|lane| lane.left() == Some(0)) {
            download.give_back();
        }
        Poll::Ready(match piece {
            Piece::Data(bytes) => Some(Ok(Frame::data(bytes))),
            Piece::Trailers(trailers) => Some(Ok(Frame::trailers(trailers))),
            // The lane asks for more itself.
            Piece::End | Piece::More => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.lane.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let held = match &self.first {
            Some(Ok(Piece::Data(bytes))) => bytes.len() as u64,
            _ => 0,
        };
        let left = self.lane.as_ref().map_or(Some(0), |lane| lane.left());
        left.map_or_else(SizeHint::default, |left| SizeHint::with_exact(left + held))
    }
}
