//! A deadline that is moved for every request and hardly ever reached.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// Moving a timer costs a lock and a place in the wheel. This one is left where it is when its
/// deadline moves back, and looks again when it fires.
#[derive(Debug)]
pub(super) struct Alarm {
    deadline: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Alarm {
    pub(super) fn after(span: Duration) -> Self {
        let deadline = Instant::now() + span;
        Self { deadline, timer: Box::pin(tokio::time::sleep_until(deadline)) }
    }

    pub(super) fn set(&mut self, span: Duration) {
        self.set_at(Instant::now() + span);
    }

    pub(super) fn set_at(&mut self, deadline: Instant) {
        self.deadline = deadline;
        if deadline < self.timer.deadline() {
            self.timer.as_mut().reset(deadline);
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            if Instant::now() >= self.deadline {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.deadline);
        }
    }
}
