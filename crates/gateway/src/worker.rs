//! One thread's share of the gateway: nothing in it is touched by another thread, except that its
//! counters are read.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::{Frame, SizeHint};
use model::{Moment, Timestamp, TraceContext};
use tokio::sync::Notify;
use wire::{Answer, Body, BodyError, Peer};

use crate::access_log::{self, Answered, Buffer, Next};
use crate::call::{Arrival, Call, Snapshot, Trace};
use crate::gateway::Shared;
use crate::mapping::time::RequestTime;
use crate::metrics::{Measured, WorkerCells};
use crate::refusal::Refusal;
use crate::upstream::Upstreams;
use crate::{client, handle};

/// Answers requests on the thread that made it.
#[derive(Clone)]
pub struct GatewayWorker(pub(crate) Rc<Worker>);

pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) index: usize,
    current: RefCell<Rc<Snapshot>>,
    random: RefCell<fastrand::Rng>,
    time: Cell<RequestTime>,
    hands: Cell<Hands>,
    log: RefCell<Buffer>,
    lines_wait: Notify,
    pub(crate) upstreams: Upstreams,
}

impl GatewayWorker {
    pub(crate) fn new(shared: Arc<Shared>, index: usize) -> Self {
        let current = RefCell::new(Rc::new(Snapshot(shared.plan.load_full())));
        let upstreams = Upstreams::new(Arc::clone(&shared.dependencies.clock));
        shared.metrics.include(upstreams.traffic());
        Self(Rc::new(Worker {
            shared,
            index,
            current,
            random: RefCell::new(fastrand::Rng::new()),
            time: Cell::new(RequestTime::at(Timestamp(0))),
            hands: Cell::default(),
            log: RefCell::new(Buffer::default()),
            lines_wait: Notify::new(),
            upstreams,
        }))
    }

    /// Hands partial batches of the access log over while traffic is thin. Never ends; run it beside
    /// the acceptor.
    pub async fn run(&self) {
        loop {
            self.0.lines_wait.notified().await;
            tokio::time::sleep(access_log::LINGER).await;
            self.0.hand_over();
        }
    }

    /// Hands the lines over that are still here; for the end of a drain.
    pub fn flush(&self) {
        self.0.hand_over();
    }
}

impl Answer for GatewayWorker {
    async fn answer(&self, request: Request<Body>, peer: &Rc<Peer>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let call = self.0.receive(head, peer);
        let mut tracked = Tracked::begin(Rc::clone(&self.0), call);
        let response = handle::answer(&self.0, &mut tracked, body).await;
        tracked.finish(response)
    }
}

impl fmt::Debug for GatewayWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayWorker").field("index", &self.0.index).finish_non_exhaustive()
    }
}

impl Worker {
    fn receive(&self, head: http::request::Parts, peer: &Rc<Peer>) -> Call {
        let plan = self.snapshot();
        let started = self.now();
        let at = self.wall(started);
        let random = self.random.borrow_mut().u128(..);
        let arrival = Arrival {
            peer: Rc::clone(peer),
            client: client::address(peer.address.ip(), &head.headers, &plan.0.trusted),
            plan,
            started,
            at,
            random,
            trace: trace(&head.headers, at, random),
        };
        Call::new(head, arrival)
    }

    /// The plan in force. It is compared by address, which leaves its shared count alone.
    fn snapshot(&self) -> Rc<Snapshot> {
        let latest = self.shared.plan.load();
        let mut current = self.current.borrow_mut();
        if !Arc::ptr_eq(&latest, &current.0) {
            *current = Rc::new(Snapshot(Arc::clone(&latest)));
        }
        Rc::clone(&current)
    }

    pub(crate) fn now(&self) -> Moment {
        self.shared.dependencies.clock.moment()
    }

    /// The wall clock, asked once in a while and carried on by the other clock in between.
    fn wall(&self, now: Moment) -> Timestamp {
        let hands = self.hands.get();
        let since = now.since(hands.moment);
        if since < Hands::TRUSTED_FOR {
            return hands.timestamp.plus(since);
        }
        let timestamp = self.shared.dependencies.clock.timestamp();
        self.hands.set(Hands { moment: now, timestamp });
        timestamp
    }

    pub(crate) fn request_time(&self, at: Timestamp) -> RequestTime {
        let time = self.time.get();
        if time.is_at(at) {
            return time;
        }
        let time = RequestTime::at(at);
        self.time.set(time);
        time
    }

    fn cells(&self) -> &WorkerCells {
        self.shared.metrics.worker(self.index)
    }

    fn hand_over(&self) {
        let lost = self.log.borrow_mut().hand_over(&*self.shared.dependencies.access_log);
        self.cells().lost(lost);
    }
}

/// What both clocks said at the same time.
#[derive(Debug, Clone, Copy, Default)]
struct Hands {
    moment: Moment,
    timestamp: Timestamp,
}

impl Hands {
    /// How soon a correction of the wall clock is noticed.
    const TRUSTED_FOR: Duration = Duration::from_millis(100);
}

/// The trace the client began, or a new one. `traceparent` names one span, so it goes first.
fn trace(headers: &http::HeaderMap, at: Timestamp, random: u128) -> Trace {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let given = text("traceparent")
        .and_then(TraceContext::from_traceparent)
        .or_else(|| text("x-amzn-trace-id").and_then(TraceContext::from_amzn));
    match given {
        Some(is) => Trace { is, given: true },
        None => Trace { is: TraceContext::start(at, random.rotate_left(64)), given: false },
    }
}

/// A request under way. However it ends, it is counted and logged once.
pub(crate) struct Tracked {
    worker: Rc<Worker>,
    pub(crate) call: Call,
    /// What is known of the answer: nothing yet, or its status.
    status: Option<u16>,
    pub(crate) refusal: Option<Refusal>,
    /// The body is still on its way from an upstream or a function.
    pub(crate) is_streamed: bool,
    body_bytes: u64,
    is_whole: bool,
}

/// What nginx logs for a client that left before there was an answer.
const CLIENT_GONE: u16 = 499;

impl Tracked {
    fn begin(worker: Rc<Worker>, call: Call) -> Self {
        worker.cells().began();
        let (status, refusal) = (None, None);
        Self { worker, call, status, refusal, is_streamed: false, body_bytes: 0, is_whole: true }
    }

    /// Ends here with a body that is there, or with the last byte of one that is not.
    fn finish(mut self, response: Response<Body>) -> Response<Body> {
        self.status = Some(response.status().as_u16());
        let is_head = *self.call.method() == Method::HEAD;
        let is_over = http_body::Body::is_end_stream(response.body());
        if is_head || is_over || !self.is_streamed {
            let length = http_body::Body::size_hint(response.body()).exact().unwrap_or(0);
            self.body_bytes = if is_head { 0 } else { length };
            return response;
        }
        self.is_whole = false;
        response.map(|body| Body::wrap(MeasuredBody { body, tracked: self }))
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
struct MeasuredBody {
    body: Body,
    tracked: Tracked,
}

impl http_body::Body for MeasuredBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
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
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Runs a future for no longer than `limit`.
pub(crate) async fn within<F: Future>(limit: Duration, future: F) -> Result<F::Output, Refusal> {
    tokio::time::timeout(limit, future).await.map_err(|_| Refusal::TimedOut)
}
