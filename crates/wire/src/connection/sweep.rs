//! Time, for all connections of a worker at once: no timer is armed per request.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use model::{Clock, Moment, Timestamp};

use super::pulse::{Now, Order, Pulse, Stage, nanos};
use crate::drain::{Drain, Phase};
use crate::{ConnectionLimits, Counters, Timeout};

/// The connections of a worker.
#[derive(Debug)]
pub(crate) struct Roster {
    clock: Arc<dyn Clock>,
    now: Arc<Now>,
    pulses: RefCell<Vec<Arc<Pulse>>>,
    phase: Cell<Phase>,
    date: Cell<Date>,
}

/// The date as answers carry it, e.g. `Sat, 21 Nov 2026 14:00:00 GMT`.
pub(crate) type Date = [u8; 29];

/// What a sweep found a connection to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    Overdue(Timeout, Order),
    /// Idle long enough to be closed by a drain.
    Done(Order),
}

impl Roster {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let now = Arc::new(Now::default());
        now.set(clock.moment());
        let date = Cell::new(date(clock.timestamp()));
        Self { clock, now, pulses: RefCell::default(), phase: Cell::new(Phase::Serving), date }
    }

    pub(crate) fn enlist(&self, stage: Stage) -> Arc<Pulse> {
        let pulse = Pulse::new(Arc::clone(&self.now), stage);
        self.pulses.borrow_mut().push(Arc::clone(&pulse));
        pulse
    }

    /// As of the last sweep.
    pub(crate) fn date(&self) -> Date {
        self.date.get()
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.phase.get() >= Phase::Draining
    }

    pub(crate) fn set_phase(&self, phase: Phase, drain: &Drain) {
        self.phase.set(phase);
        for pulse in self.pulses.borrow().iter().filter(|pulse| !pulse.is_gone()) {
            match phase {
                Phase::Serving => continue,
                // HTTP/2 has a way to say it; HTTP/1 says it with the next answer.
                Phase::Draining if pulse.stage().0 == Stage::Http2 => pulse.give(Order::Retire),
                Phase::Draining => continue,
                Phase::Cutting => {
                    drain.count_cut();
                    pulse.give(Order::Cut);
                }
            }
            pulse.wake();
        }
    }

    pub(crate) fn sweep(&self, limits: &ConnectionLimits, counters: &Counters) {
        let before = self.now.get();
        let now = self.clock.moment();
        self.now.set(now);
        self.date.set(date(self.clock.timestamp()));
        let step = now.since(before);
        self.pulses.borrow_mut().retain(|pulse| {
            if pulse.is_gone() {
                return false;
            }
            if pulse.order() == Order::None {
                let order = match judge(pulse, limits, now, step, self.is_draining()) {
                    Verdict::Fine => return true,
                    Verdict::Done(order) => order,
                    Verdict::Overdue(timeout, order) => {
                        counters.timeouts(timeout).add_one();
                        order
                    }
                };
                pulse.give(order);
                pulse.wake();
            }
            true
        });
    }
}

fn date(timestamp: Timestamp) -> Date {
    let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(timestamp.0));
    text.into_bytes().try_into().unwrap_or(*b"Thu, 01 Jan 1970 00:00:00 GMT")
}

fn judge(
    pulse: &Pulse,
    limits: &ConnectionLimits,
    now: Moment,
    step: Duration,
    draining: bool,
) -> Verdict {
    if pulse.stalled_since().is_some_and(|since| now.since(since) >= limits.write_stall) {
        return Verdict::Overdue(Timeout::WriteStall, Order::Cut);
    }
    let (stage, since) = pulse.stage();
    let spent = now.since(since);
    let overdue = |limit: Duration, timeout, order| {
        if spent >= limit { Verdict::Overdue(timeout, order) } else { Verdict::Fine }
    };
    match stage {
        Stage::Opening if draining && spent >= limits.drain_quiet => Verdict::Done(Order::Retire),
        Stage::Opening => overdue(limits.first_byte, Timeout::FirstByte, Order::Cut),
        Stage::Handshake => overdue(limits.tls_handshake, Timeout::TlsHandshake, Order::Cut),
        Stage::Head => overdue(limits.head, Timeout::Head, Order::ExpireHead),
        Stage::Body => judge_body(pulse, limits, step),
        Stage::Rest | Stage::Http2 => judge_quiet(pulse, limits, now, draining),
        Stage::Linger if spent >= limits.linger => Verdict::Done(Order::Cut),
        Stage::Linger | Stage::Undecided | Stage::Tunnel => Verdict::Fine,
    }
}

fn judge_body(pulse: &Pulse, limits: &ConnectionLimits, step: Duration) -> Verdict {
    let debt = pulse.settle_body(step, limits.body_rate);
    let overdue = debt > nanos(limits.body_grace);
    if overdue { Verdict::Overdue(Timeout::Body, Order::ExpireBody) } else { Verdict::Fine }
}

fn judge_quiet(pulse: &Pulse, limits: &ConnectionLimits, now: Moment, draining: bool) -> Verdict {
    let Some(since) = pulse.quiet_since() else {
        return Verdict::Fine;
    };
    let quiet = now.since(since);
    if draining && quiet >= limits.drain_quiet {
        Verdict::Done(Order::Retire)
    } else if quiet >= limits.idle {
        Verdict::Overdue(Timeout::Idle, Order::Retire)
    } else {
        Verdict::Fine
    }
}
