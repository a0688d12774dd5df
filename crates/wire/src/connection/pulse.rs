//! What the sweep needs to know of a connection, and what it orders.
//!
//! Connections that change their protocol have to be `Send` although they never leave their thread,
//! hence atomics. All are accessed with relaxed loads and stores, which cost nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::task::Waker;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use model::Moment;

/// The time of the last sweep: reading it costs a load, where a clock costs a call.
#[derive(Debug, Default)]
pub(crate) struct Now(AtomicU64);

impl Now {
    pub(crate) fn get(&self) -> Moment {
        Moment(self.0.load(Relaxed))
    }

    pub(crate) fn set(&self, moment: Moment) {
        self.0.store(moment.0, Relaxed);
    }
}

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum $name { $($(#[$vmeta])* $variant,)* }

        impl $name {
            fn from_code(code: u8) -> Self {
                const ALL: &[$name] = &[$($name::$variant,)*];
                ALL[usize::from(code)]
            }
        }
    };
}

codes! {
    /// What a connection waits for.
    Stage {
        /// The first byte.
        Opening,
        Handshake,
        /// A request, or its answer when one is open.
        Rest,
        Head,
        Body,
        /// The answer to a request for an upgrade.
        Undecided,
        Tunnel,
        Http2,
        /// Its end.
        Linger,
    }
}

codes! {
    Order {
        None,
        ExpireHead,
        ExpireBody,
        /// Finish what is open, begin nothing. Over HTTP/1, a request that the kernel has is still answered.
        Retire,
        /// End at once.
        Cut,
    }
}

#[derive(Debug)]
pub(crate) struct Pulse {
    now: Arc<Now>,
    stage: AtomicU8,
    stage_since: AtomicU64,
    /// When the last answer ended, or the connection began.
    quiet_since: AtomicU64,
    open_requests: AtomicU32,
    /// Whether the connection waits for bytes of its client.
    reading: AtomicBool,
    body_received: AtomicU64,
    body_judged: AtomicU64,
    body_debt: AtomicI64,
    /// Zero when the client takes what it is sent.
    stalled_since: AtomicU64,
    order: AtomicU8,
    gone: AtomicBool,
    waker: AtomicWaker,
}

/// A client that was fast may pause for this much longer than the grace.
const CREDIT: Duration = Duration::from_secs(10);

/// The debt of a body after a wait and the bytes that ended it.
pub(crate) fn settle(debt: i64, waited: Duration, bytes: u64, rate: u64) -> i64 {
    let earned = bytes.saturating_mul(1_000_000_000) / rate.max(1);
    debt.saturating_add(nanos(waited)).saturating_sub_unsigned(earned).max(-nanos(CREDIT))
}

pub(crate) fn nanos(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}

impl Pulse {
    pub(crate) fn new(now: Arc<Now>, stage: Stage) -> Arc<Self> {
        let start = now.get().0;
        Arc::new(Self {
            now,
            stage: AtomicU8::new(stage as u8),
            stage_since: AtomicU64::new(start),
            quiet_since: AtomicU64::new(start),
            open_requests: AtomicU32::new(0),
            reading: AtomicBool::new(false),
            body_received: AtomicU64::new(0),
            body_judged: AtomicU64::new(0),
            body_debt: AtomicI64::new(0),
            stalled_since: AtomicU64::new(0),
            order: AtomicU8::new(Order::None as u8),
            gone: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        })
    }

    pub(crate) fn now(&self) -> &Now {
        &self.now
    }

    pub(crate) fn enter(&self, stage: Stage) {
        self.stage.store(stage as u8, Relaxed);
        self.stage_since.store(self.now.get().0, Relaxed);
    }

    pub(crate) fn stage(&self) -> (Stage, Moment) {
        (Stage::from_code(self.stage.load(Relaxed)), Moment(self.stage_since.load(Relaxed)))
    }

    pub(crate) fn request_opened(&self) {
        self.open_requests.store(self.open_requests.load(Relaxed) + 1, Relaxed);
    }

    pub(crate) fn request_ended(&self) {
        self.open_requests.store(self.open_requests.load(Relaxed) - 1, Relaxed);
        self.quiet_since.store(self.now.get().0, Relaxed);
    }

    /// Since when there has been no request, if there is none.
    pub(crate) fn quiet_since(&self) -> Option<Moment> {
        let is_quiet = self.open_requests.load(Relaxed) == 0;
        is_quiet.then(|| Moment(self.quiet_since.load(Relaxed)))
    }

    pub(crate) fn set_reading(&self, reading: bool) {
        self.reading.store(reading, Relaxed);
    }

    pub(crate) fn begin_body(&self) {
        self.body_received.store(0, Relaxed);
        self.body_judged.store(0, Relaxed);
        self.body_debt.store(0, Relaxed);
    }

    pub(crate) fn set_received(&self, bytes: u64) {
        self.body_received.store(bytes, Relaxed);
    }

    /// Settles the time since the last sweep: waiting for the client runs into debt, what arrived
    /// in the meantime pays for it at `rate` bytes per second. Returns the debt, in nanoseconds.
    pub(crate) fn settle_body(&self, step: Duration, rate: u64) -> i64 {
        let received = self.body_received.load(Relaxed);
        let new = received - self.body_judged.load(Relaxed);
        self.body_judged.store(received, Relaxed);
        let waited = if self.reading.load(Relaxed) { step } else { Duration::ZERO };
        let debt = settle(self.body_debt.load(Relaxed), waited, new, rate);
        self.body_debt.store(debt, Relaxed);
        debt
    }

    pub(crate) fn set_stalled(&self, stalled: bool) {
        let since = if stalled { self.now.get().0.max(1) } else { 0 };
        self.stalled_since.store(since, Relaxed);
    }

    pub(crate) fn stalled_since(&self) -> Option<Moment> {
        let since = self.stalled_since.load(Relaxed);
        (since != 0).then_some(Moment(since))
    }

    pub(crate) fn give(&self, order: Order) {
        self.order.store(order as u8, Relaxed);
    }

    pub(crate) fn order(&self) -> Order {
        Order::from_code(self.order.load(Relaxed))
    }

    pub(crate) fn end(&self) {
        self.gone.store(true, Relaxed);
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Relaxed)
    }

    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    pub(crate) fn wake(&self) {
        // Waking takes the waker, and a connection registers only once.
        if let Some(waker) = self.waker.take() {
            waker.wake_by_ref();
            self.waker.register(&waker);
        }
    }
}
