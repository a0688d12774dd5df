//! An answer's body on its way back.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use wire::{Body, BodyError};

use super::crew::{InFlight, Station};
use super::lane::Lane;

/// Drives its lane while it is read, and gives it back at its end. Dropped before, it closes it:
/// the rest of the answer would be in the next one's way.
struct Download {
    incoming: Incoming,
    lane: Option<Lane>,
    station: Rc<Station>,
    idle: Duration,
    waiting: bool,
    _in_flight: InFlight,
}

/// Takes what has already arrived of a body. Most bodies have, and need no state of their own.
pub(super) async fn receive(
    mut incoming: Incoming,
    mut lane: Lane,
    station: Rc<Station>,
    in_flight: InFlight,
    idle: Duration,
) -> Body {
    if incoming.is_end_stream() {
        station.pool.give(lane);
        return Body::empty();
    }
    let first = std::future::poll_fn(|cx| {
        let polled = lane.attend(cx, |lane, cx| {
            // Most often it was read together with the head.
            let polled = Pin::new(&mut incoming).poll_frame(cx);
            if polled.is_ready() {
                return polled;
            }
            lane.drive(cx);
            Pin::new(&mut incoming).poll_frame(cx)
        });
        match polled {
            Poll::Ready(frame) => Poll::Ready(Some(frame)),
            Poll::Pending => Poll::Ready(None),
        }
    });
    let first = first.await;
    if let Some(Some(Ok(frame))) = &first
        && frame.is_data()
        && incoming.is_end_stream()
    {
        station.pool.give(lane);
        let Some(Some(Ok(frame))) = first else { return Body::empty() };
        return Body::full(frame.into_data().unwrap_or_default());
    }
    let rest = Download {
        incoming,
        lane: Some(lane),
        station,
        idle,
        waiting: false,
        _in_flight: in_flight,
    };
    match first {
        None => Body::wrap(rest),
        Some(first) => Body::wrap(Begun { first: Some(first), rest }),
    }
}

impl Download {
    fn poll_lane(
        &mut self,
        lane: &mut Lane,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        lane.drive(cx);
        if let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) {
            self.waiting = false;
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::from)));
        }
        if !self.waiting {
            self.waiting = true;
            lane.alarm.set(self.idle);
        }
        ready!(lane.alarm.poll(cx));
        let problem = io::Error::new(io::ErrorKind::TimedOut, "the upstream's body stood still");
        Poll::Ready(Some(Err(BodyError::Source(problem.into()))))
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
        let Some(mut lane) = download.lane.take() else {
            let frame = ready!(Pin::new(&mut download.incoming).poll_frame(cx));
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::from)));
        };
        let polled = lane.attend(cx, |lane, cx| download.poll_lane(lane, cx));
        match &polled {
            Poll::Ready(Some(Err(_))) => {}
            Poll::Ready(None) => download.station.pool.give(lane),
            Poll::Ready(Some(Ok(_))) if download.incoming.is_end_stream() => {
                download.station.pool.give(lane);
            }
            Poll::Ready(Some(Ok(_))) | Poll::Pending => download.lane = Some(lane),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// A download whose first frame has been taken.
struct Begun {
    first: Option<Option<Result<Frame<Bytes>, hyper::Error>>>,
    rest: Download,
}

impl http_body::Body for Begun {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let begun = self.get_mut();
        match begun.first.take() {
            Some(Some(Ok(frame))) => Poll::Ready(Some(Ok(frame))),
            Some(Some(Err(problem))) => Poll::Ready(Some(Err(problem.into()))),
            Some(None) | None => Pin::new(&mut begun.rest).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.size_hint();
        let Some(Some(Ok(first))) = &self.first else { return rest };
        let taken = first.data_ref().map_or(0, |data| data.len() as u64);
        match rest.exact() {
            Some(left) => SizeHint::with_exact(left + taken),
            None => SizeHint::default(),
        }
    }
}
