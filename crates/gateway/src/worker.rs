//! One thread's share of the gateway: nothing in it is touched by another thread, except that its
//! counters are read.

mod tracked;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, Request, Response};
use model::{Moment, Timestamp, TraceContext};
use tokio::sync::Notify;
use wire::{Answer, Body, Peer};

use crate::access_log::{self, Buffer};
use crate::call::{Arrival, Call, Snapshot, Trace};
use crate::gateway::Shared;
use crate::mapping::time::RequestTime;
use crate::metrics::WorkerCells;
use crate::overload::Lag;
use crate::refusal::Refusal;
use crate::upstream::Upstreams;
use crate::{client, handle};

pub(crate) use tracked::Tracked;

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
    lines_wait: Rc<Notify>,
    is_handing_over: Cell<bool>,
    pub(crate) upstreams: Upstreams,
    pub(crate) lag: Lag,
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
            lines_wait: Rc::default(),
            is_handing_over: Cell::new(false),
            upstreams,
            lag: Lag::default(),
        }))
    }

    /// Hands the lines over that are still here; for the end of a drain.
    pub fn flush(&self) {
        self.0.hand_over();
    }
}

impl Answer for GatewayWorker {
    async fn answer(&self, request: Request<Body>, peer: &Rc<Peer>) -> Response<Body> {
        if !self.0.is_handing_over.replace(true) {
            tokio::task::spawn_local(hand_over_late(Rc::downgrade(&self.0)));
        }
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
    fn receive(&self, head: http::request::Parts, peer: &Rc<Peer>) -> Box<Call> {
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
        // It is handed on many times, and large.
        Box::new(Call::new(head, arrival))
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

/// Hands partial batches of the access log over while traffic is thin; ends with its worker.
async fn hand_over_late(worker: Weak<Worker>) {
    loop {
        let Some(lines_wait) = worker.upgrade().map(|worker| Rc::clone(&worker.lines_wait)) else {
            return;
        };
        lines_wait.notified().await;
        tokio::time::sleep(access_log::LINGER).await;
        if let Some(worker) = worker.upgrade() {
            worker.hand_over();
        }
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

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(crate) const X_AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// The trace the client began, or a new one. `traceparent` names one span, so it goes first.
fn trace(headers: &http::HeaderMap, at: Timestamp, random: u128) -> Trace {
    let text = |name: &HeaderName| headers.get(name)?.to_str().ok();
    let given = text(&TRACEPARENT)
        .and_then(TraceContext::from_traceparent)
        .or_else(|| text(&X_AMZN_TRACE_ID).and_then(TraceContext::from_amzn));
    match given {
        Some(is) => Trace { is, given: true },
        None => Trace { is: TraceContext::start(at, random.rotate_left(64)), given: false },
    }
}

/// Runs a future for no longer than `limit`. It stays where it is pinned: moving a large one costs
/// more than the timer.
pub(crate) async fn within<F: Future>(
    limit: Duration,
    future: Pin<&mut F>,
) -> Result<F::Output, Refusal> {
    tokio::time::timeout(limit, future).await.map_err(|_| Refusal::TimedOut)
}
