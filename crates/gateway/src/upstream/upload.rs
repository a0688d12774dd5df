//! A request body on its way to an upstream.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as _, Frame};
use tokio::time::Instant;
use wire::outgoing::Length;
use wire::{Body, BodyError};

/// A body, and how far it has come.
#[derive(Debug)]
pub(super) struct Upload {
    body: Body,
    pub(super) length: Length,
    /// How many bytes of the announced length have not come yet.
    left: u64,
    begun: bool,
    over: bool,
    last: Instant,
}

impl Upload {
    /// `None` when there is nothing to send.
    pub(super) fn of(body: Body, sends_trailers: bool) -> Option<Self> {
        if body.is_end_stream() {
            return None;
        }
        let length = match body.size_hint().exact() {
            Some(bytes) if !sends_trailers => Length::Of(bytes),
            _ => Length::Unknown,
        };
        let left = if let Length::Of(bytes) = length { bytes } else { u64::MAX };
        Some(Self { body, length, left, begun: false, over: false, last: Instant::now() })
    }

    /// The next frame. Its last one leaves the upload over; a body that is shorter or longer than
    /// it said is an error.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Frame<Bytes>>, BodyError>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.begun = true;
        self.last = Instant::now();
        let frame = frame.transpose()?;
        let bytes = frame.as_ref().and_then(Frame::data_ref).map_or(0, |data| data.len() as u64);
        self.left = self.left.checked_sub(bytes).ok_or(BodyError::Incomplete)?;
        let has_trailers = frame.as_ref().is_some_and(Frame::is_trailers);
        self.over = frame.is_none() || has_trailers || self.body.is_end_stream();
        if self.over && matches!(self.length, Length::Of(_)) && self.left > 0 {
            return Poll::Ready(Err(BodyError::Incomplete));
        }
        Poll::Ready(Ok(frame))
    }

    /// Whether anything has been taken from the body.
    pub(super) fn has_begun(&self) -> bool {
        self.begun
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// When the body last moved.
    pub(super) fn last(&self) -> Instant {
        self.last
    }
}
