//! One process: decides as fast as it can, and says what came of it.

use std::collections::BTreeMap;
use std::future::{Future as _, pending};
use std::io::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use drivers::redis::{Options, connect};
use limits::leased::{Leased, lend};
use limits::{Answer, Ask, Key, Limits};
use model::{Clock, Now, SystemClock};

use super::{Load, SPAN};

/// Decisions between two looks at the clock: what a worker decides for one turn of its event loop.
const TURN: usize = 16;

pub(crate) fn run(load: Load, url: &str) {
    let clock = Arc::new(SystemClock::start());
    let (sender, receiver) = std::sync::mpsc::channel();
    let (lenders_clock, url) = (clock.clone(), url.to_owned());
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let options = Options::new(url, lenders_clock.clone());
            let redis = connect(options).await.expect("a store");
            let leased = Leased::new(Arc::new(redis.clone()), lenders_clock.clone());
            sender.send(leased.clone()).expect("the deciding thread");
            lend(leased, Arc::new(redis), lenders_clock, tokio::time::sleep, pending()).await;
        });
    });
    let leased = receiver.recv().expect("the lending thread");
    decide(load, &leased, &clock);
}

/// How far the machine's monotonic clock, the same in all processes, is ahead of this process's: a
/// reading that was interrupted makes it seem less.
fn ahead(clock: &SystemClock) -> u64 {
    let read = || {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let nanos = now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs();
        nanos.wrapping_sub(clock.moment().0)
    };
    (0..100).map(|_| read()).max_by_key(|ahead| ahead.cast_signed()).unwrap_or_default()
}

fn decide(load: Load, leased: &Leased, clock: &SystemClock) {
    let policy = load.policy();
    let ask = [Ask::one(&policy, Key::from_hash(0x7469_6465_6761_7465))];
    let mut cx = Context::from_waker(Waker::noop());
    let (mut decisions, mut by_millisecond) = (0_u64, BTreeMap::<u64, u64>::new());
    let ahead = ahead(clock);
    // What is decided at a moment counts for it, however long it takes to write that down.
    let millis = |now: Now| now.moment.0.wrapping_add(ahead) / 1_000_000;
    let start = clock.moment();
    let mut now = clock.now();
    let mut waiting: Option<Answer> = None;
    while now.moment.since(start) < SPAN {
        let mut admitted = 0;
        for _ in 0..TURN {
            match leased.decide(&ask, now) {
                Answer::Now(decision) => {
                    decisions += 1;
                    admitted += u64::from(decision.is_allowed());
                }
                later => {
                    waiting = Some(later);
                    break;
                }
            }
        }
        if admitted > 0 {
            *by_millisecond.entry(millis(now)).or_default() += admitted;
        }
        // A worker would serve others meanwhile; this one has nobody else.
        while let Some(answer) = &mut waiting {
            match pin!(answer).poll(&mut cx) {
                Poll::Ready(decision) => {
                    decisions += 1;
                    if decision.is_allowed() {
                        *by_millisecond.entry(millis(clock.now())).or_default() += 1;
                    }
                    waiting = None;
                }
                Poll::Pending => thread::yield_now(),
            }
        }
        now = clock.now();
    }
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "decisions {decisions}");
    for (at, admitted) in by_millisecond {
        let _ = writeln!(out, "{at} {admitted}");
    }
}
