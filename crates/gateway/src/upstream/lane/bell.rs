//! The waker of a connection, for whoever drives it at the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Wake, Waker};

use futures_util::task::AtomicWaker;

/// Stays the same for the life of a connection, whichever requests use it, so nothing has to be
/// registered anew for each of them. What happens while a task is at the connection, hyper's
/// messages to itself above all, does not wake the task once more.
pub(super) struct Bell {
    wiring: Arc<Wiring>,
    waker: Waker,
}

#[derive(Default)]
struct Wiring {
    state: AtomicU8,
    task: AtomicWaker,
}

/// Somebody is at the connection, or nobody waits for it: a ring is noted.
const HUSHED: u8 = 0;
const NOTED: u8 = 1;
/// A ring wakes the task.
const LISTENING: u8 = 2;

impl Wake for Wiring {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let noted = self.state.compare_exchange(HUSHED, NOTED, Ordering::AcqRel, Ordering::Acquire);
        if noted == Err(LISTENING) {
            self.task.wake();
        }
    }
}

impl Default for Bell {
    fn default() -> Self {
        let wiring = Arc::<Wiring>::default();
        Self { waker: Waker::from(Arc::clone(&wiring)), wiring }
    }
}

impl Bell {
    /// What the connection is polled with.
    pub(super) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Rings are noted from here on.
    pub(super) fn hush(&self) {
        self.wiring.state.store(HUSHED, Ordering::Release);
    }

    /// Rings wake the task from here on; one that was noted in the meantime wakes it now.
    pub(super) fn listen(&self, cx: &mut Context<'_>) {
        self.wiring.task.register(cx.waker());
        if self.wiring.state.swap(LISTENING, Ordering::AcqRel) == NOTED {
            cx.waker().wake_by_ref();
        }
    }

    /// Forgets the task. A ring that was noted stays so.
    pub(super) fn rest(&self) {
        let _ = self.wiring.task.take();
    }

    pub(super) fn has_rung(&self) -> bool {
        self.wiring.state.load(Ordering::Acquire) == NOTED
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Task(AtomicUsize);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Task {
        fn woken(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn a_ring_wakes_the_task_that_listens() {
        let (bell, task) = (Bell::default(), Arc::<Task>::default());
        bell.listen(&mut Context::from_waker(&Waker::from(Arc::clone(&task))));
        assert_eq!(task.woken(), 0);
        bell.waker().wake();
        assert_eq!(task.woken(), 1);
    }

    #[test]
    fn a_ring_in_between_wakes_whoever_listens_next_and_once() {
        let (bell, task) = (Bell::default(), Arc::<Task>::default());
        bell.hush();
        bell.waker().wake();
        bell.waker().wake();
        assert!(bell.has_rung());
        bell.listen(&mut Context::from_waker(&Waker::from(Arc::clone(&task))));
        assert_eq!(task.woken(), 1);
        bell.hush();
        assert!(!bell.has_rung());
    }

    #[test]
    fn a_connection_at_rest_wakes_nobody() {
        let (bell, task) = (Bell::default(), Arc::<Task>::default());
        let waker = Waker::from(Arc::clone(&task));
        bell.listen(&mut Context::from_waker(&waker));
        bell.hush();
        bell.rest();
        bell.waker().wake();
        assert!(bell.has_rung());
        assert_eq!(task.woken(), 0);
    }
}
