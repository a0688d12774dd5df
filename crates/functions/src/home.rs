//! The thread that drives an environment, and the processor that is this thread's own.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::thread::{CpuSet, sched_getaffinity};

/// The runtime that an environment's sockets are registered with: each thread has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) number: u64,
    /// Where the thread runs, if nowhere else.
    pub(crate) processor: Option<u16>,
}

impl Home {
    /// The calling thread's.
    pub(crate) fn here() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        thread_local! {
            static HOME: Cell<Home> = Cell::new(Home {
                number: NEXT.fetch_add(1, Ordering::Relaxed),
                processor: only_processor(),
            });
        }
        HOME.get()
    }
}

fn only_processor() -> Option<u16> {
    let allowed = sched_getaffinity(None).ok()?;
    let mut numbers = (0..CpuSet::MAX_CPU).filter(|number| allowed.is_set(*number));
    match (numbers.next(), numbers.next()) {
        (Some(only), None) => u16::try_from(only).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_is_bound_to_a_processor_knows_it() {
        let allowed = sched_getaffinity(None).expect("readable");
        let one = (0..CpuSet::MAX_CPU).find(|number| allowed.is_set(*number)).expect("one");
        let home = std::thread::spawn(move || {
            let mut set = CpuSet::new();
            set.set(one);
            rustix::thread::sched_setaffinity(None, &set).expect("allowed");
            Home::here()
        });
        let home = home.join().expect("no panic");
        assert_eq!(home.processor.map(usize::from), Some(one));
        assert_ne!(home.number, Home::here().number);
    }
}
