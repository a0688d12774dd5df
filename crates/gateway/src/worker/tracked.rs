//! A request from its arrival to the last byte of its answer.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Method, Response};
use http_body::{Body as _, Frame, SizeHint};
use wire::{Body, BodyError};

use super::Worker;
use crate::access_log::{Answered, Next};
use crate::call::Call;
use crate::metrics::Measured;
use crate::refusal::Refusal;
use crate::upstream::Slot;

/// A request under way. However it ends, it is counted and logged once.
pub(crate) struct Tracked {
    worker: Rc<Worker>,
    pub(crate) call: Box<Call>,
    /// What is known of the answer: nothing yet, or its status.
    status: Option<u16>,
    pub(crate) refusal: Option<Refusal>,
    /// The body is still on its way from an upstream or a function.
    pub(crate) is_streamed: bool,
    body_bytes: u64,
    is_whole: bool,
    /// Held at an upstream whose concurrency is bounded.
    pub(crate) slot: Option<Slot>,
}

/// What nginx logs for a client that left before there was an answer.
const CLIENT_GONE: u16 = 499;

impl Tracked {
    pub(super) fn begin(worker: Rc<Worker>, call: Box<Call>) -> Self {
        worker.cells().began();
        Self {
            worker,
            call,
            status: None,
            refusal: None,
            is_streamed: false,
            body_bytes: 0,
            is_whole: true,
            slot: None,
        }
    }

    /// Ends here with a body that is there, or with the last byte of one that is not.
    pub(super) fn finish(mut self, response: Response<Body>) -> Response<Body> {
        self.status = Some(response.status().as_u16());
        if *self.call.method() == Method::HEAD {
            return response;
        }
        let (head, mut body) = response.into_parts();
        if !self.is_streamed || body.is_end_stream() {
            self.body_bytes = body.size_hint().exact().unwrap_or(0);
            return Response::from_parts(head, body);
        }
        // Short answers have arrived by now; they need no watching.
        let mut cx = Context::from_waker(Waker::noop());
        let first = match Pin::new(&mut body).poll_frame(&mut cx) {
            Poll::Ready(Some(Ok(frame))) if frame.is_data() && body.is_end_stream() => {
                let bytes = frame.into_data().unwrap_or_default();
                self.body_bytes = bytes.len() as u64;
                return Response::from_parts(head, Body::full(bytes));
            }
            Poll::Ready(None) => return Response::from_parts(head, Body::empty()),
            Poll::Ready(frame) => frame,
            Poll::Pending => None,
        };
        self.is_whole = false;
        let watched = Watched { first, body, tracked: self };
        Response::from_parts(head, Body::wrap(watched))
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        let worker = &self.worker;
        let call = &self.call;
        let latency = worker.now().since(call.started);
        let status = self.status.unwrap_or(CLIENT_GONE);
        let metrics = match (call.matched(), call.api()) {
            (Some(route), _) => &route.metrics,
            (None, Some(api)) => &api.unmatched,
            (None, None) => &call.plan.0.unmatched,
        };
        let measured = Measured {
            method: call.method(),
            status,
            duration: latency,
            request_bytes: call.request_bytes,
            response_bytes: self.body_bytes,
        };
        metrics.record(worker.index, &measured);
        if let Some(refusal) = self.refusal {
            worker.cells().refused(refusal);
        }
        worker.cells().ended();
        let answered = Answered {
            status,
            body_bytes: self.body_bytes,
            latency,
            refusal: self.refusal.map(Refusal::name),
            cut_short: !self.is_whole,
            time: &worker.request_time(call.at()),
        };
        let next = worker.log.borrow_mut().add(call, &answered);
        match next {
            Next::Nothing => {}
            Next::HandOver => worker.hand_over(),
            Next::Schedule => worker.lines_wait.notify_one(),
        }
    }
}

/// Counts a streamed body and ends its request with it.
struct Watched {
    /// What had arrived when the head was sent.
    first: Option<Result<Frame<Bytes>, BodyError>>,
    body: Body,
    tracked: Tracked,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => Pin::new(&mut self.body).poll_frame(cx),
        };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.tracked.body_bytes += bytes as u64;
                self.tracked.is_whole = self.body.is_end_stream();
            }
            Poll::Ready(None) => self.tracked.is_whole = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let first = self.first.as_ref().and_then(|first| first.as_ref().ok()?.data_ref());
        let held = first.map_or(0, |bytes| bytes.len() as u64);
        let rest = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(held));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(held));
        }
        hint
    }
}
