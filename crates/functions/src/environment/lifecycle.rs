//! The life of an environment: init -> ready -> busy -> ready .. until it is stopped.

use std::time::Duration;

use model::Moment;

/// Times come from outside; nothing here waits or acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lifecycle {
    started: Moment,
    /// When the phase began.
    since: Moment,
    phase: Phase,
    /// Not reported yet: the first invocation does.
    init: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Init,
    Ready,
    /// Until it responds, and then until it asks for the next invocation.
    Busy {
        deadline: Moment,
    },
}

impl Lifecycle {
    pub(crate) fn start(now: Moment) -> Self {
        Self { started: now, since: now, phase: Phase::Init, init: None }
    }

    /// The runtime asks for an invocation.
    pub(crate) fn ready(&mut self, now: Moment) {
        if self.phase == Phase::Init {
            self.init = Some(now.since(self.started));
        }
        self.phase = Phase::Ready;
        self.since = now;
    }

    /// An invocation begins. Returns its deadline, or `None` unless the environment is ready.
    pub(crate) fn begin(&mut self, now: Moment, timeout: Duration) -> Option<Moment> {
        if self.phase != Phase::Ready {
            return None;
        }
        let deadline = now.plus(timeout);
        self.phase = Phase::Busy { deadline };
        self.since = now;
        Some(deadline)
    }

    /// What is left of the current invocation's time.
    pub(crate) fn left(&self, now: Moment) -> Duration {
        match self.phase {
            Phase::Busy { deadline } => deadline.since(now),
            Phase::Init | Phase::Ready => Duration::ZERO,
        }
    }

    /// How long the current phase has lasted.
    pub(crate) fn elapsed(&self, now: Moment) -> Duration {
        now.since(self.since)
    }

    pub(crate) fn started(&self) -> Moment {
        self.started
    }

    pub(crate) fn since(&self) -> Moment {
        self.since
    }

    pub(crate) fn init(&self) -> Option<Duration> {
        self.init
    }

    /// The init duration, once: for the first invocation's report.
    pub(crate) fn take_init(&mut self) -> Option<Duration> {
        self.init.take()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(3);

    fn at(millis: u64) -> Moment {
        Moment(millis * 1_000_000)
    }

    #[test]
    fn init_is_reported_once() {
        let mut life = Lifecycle::start(at(100));
        assert_eq!(life.begin(at(110), TIMEOUT), None, "still initializing");
        life.ready(at(150));
        assert_eq!(life.begin(at(160), TIMEOUT), Some(at(3_160)));
        assert_eq!(life.begin(at(161), TIMEOUT), None, "one invocation at a time");
        assert_eq!(life.take_init(), Some(Duration::from_millis(50)));
        life.ready(at(200));
        assert_eq!(life.take_init(), None);
    }

    #[test]
    fn the_deadline_counts_from_the_invocation() {
        let mut life = Lifecycle::start(at(0));
        life.ready(at(10));
        life.begin(at(1_000), TIMEOUT);
        assert_eq!(life.left(at(2_500)), Duration::from_millis(1_500));
        assert_eq!(life.left(at(9_000)), Duration::ZERO);
        assert_eq!(life.elapsed(at(2_500)), Duration::from_millis(1_500));
    }

    proptest! {
        #[test]
        fn it_is_busy_only_between_a_begin_and_a_ready(steps in prop::collection::vec(any::<bool>(), 0..50)) {
            let (mut life, mut now) = (Lifecycle::start(at(0)), at(0));
            let mut ready = false;
            for begin in steps {
                now = now.plus(Duration::from_millis(7));
                if begin {
                    prop_assert_eq!(life.begin(now, TIMEOUT).is_some(), ready);
                    ready = false;
                } else {
                    life.ready(now);
                    ready = true;
                }
                prop_assert!(life.left(now) <= TIMEOUT);
                prop_assert_eq!(life.elapsed(now), if begin && life.since() != now { now.since(life.since()) } else { Duration::ZERO });
            }
        }
    }
}
