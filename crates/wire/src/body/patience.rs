//! A lower bound on the speed of a request body that comes on a stream of its own.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame};
use hyper::body::Incoming;
use model::Moment;
use tokio::time::Sleep;

use super::BodyError;
use crate::ConnectionLimits;
use crate::connection::pulse::{Pulse, nanos, settle};

/// HTTP/2 bodies are timed one by one: the sweep sees connections, not streams.
pub(super) struct Patient {
    pub(super) incoming: Incoming,
    grace: Duration,
    rate: u64,
    pulse: Arc<Pulse>,
    debt: i64,
    wait: Option<Wait>,
}

struct Wait {
    since: Moment,
    timer: Pin<Box<Sleep>>,
}

impl Patient {
    pub(super) fn new(incoming: Incoming, limits: &ConnectionLimits, pulse: &Arc<Pulse>) -> Self {
        let pulse = Arc::clone(pulse);
        Self {
            incoming,
            grace: limits.body_grace,
            rate: limits.body_rate,
            pulse,
            debt: 0,
            wait: None,
        }
    }

    pub(super) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) {
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
            let bytes = data.map_or(0, |data| data.len() as u64);
            let since = self.wait.take().map(|wait| wait.since);
            let waited = since.map_or(Duration::ZERO, |since| self.pulse.now().get().since(since));
            self.debt = settle(self.debt, waited, bytes, self.rate);
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::from)));
        }
        let left = nanos(self.grace).saturating_sub(self.debt);
        let wait = self.wait.get_or_insert_with(|| Wait {
            since: self.pulse.now().get(),
            timer: Box::pin(tokio::time::sleep(Duration::from_nanos(left.max(0).unsigned_abs()))),
        });
        match wait.timer.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Some(Err(BodyError::TooSlow))),
            Poll::Pending => Poll::Pending,
        }
    }
}
