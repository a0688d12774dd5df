//! Tries every order in which two threads can take from, collect and refill one pouch:
//! `RUSTFLAGS="--cfg loom" cargo test -p tidegate-limits --lib orders`.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use super::*;

const NOW: Moment = Moment(1 << TICK_BITS);

fn in_ticks(ticks: u64) -> Expiry {
    Expiry::by(Moment(ticks << TICK_BITS))
}

fn filled(permits: u32) -> Arc<Pouch> {
    let pouch = Pouch::new();
    pouch.fill(permits, in_ticks(9));
    Arc::new(pouch)
}

#[test]
fn the_last_permit_goes_to_one() {
    loom::model(|| {
        let pouch = filled(1);
        let other = pouch.clone();
        let there = thread::spawn(move || other.take(1, NOW).is_some());
        let here = pouch.take(1, NOW).is_some();
        assert_ne!(here, there.join().expect("the other thread"));
    });
}

/// What is handed back was not used, and what was used is not handed back.
#[test]
fn a_permit_is_used_or_collected() {
    loom::model(|| {
        let pouch = filled(2);
        let other = pouch.clone();
        let there = thread::spawn(move || u32::from(other.take(1, NOW).is_some()));
        let collected = pouch.collect();
        let used = there.join().expect("the other thread");
        assert_eq!(used + collected + pouch.collect(), 2);
    });
}

/// A permit that is put back late does not end up in the next lease.
#[test]
fn a_permit_goes_back_to_its_own_lease() {
    loom::model(|| {
        let pouch = filled(1);
        let other = pouch.clone();
        let there = thread::spawn(move || {
            let taken = other.take(1, NOW);
            if let Some((_, expiry)) = taken
                && expiry == in_ticks(9)
            {
                other.put_back(1, expiry);
            }
            taken.map(|(_, expiry)| expiry)
        });
        let first = pouch.collect();
        pouch.fill(5, in_ticks(20));
        let taken = there.join().expect("the other thread");
        let used = u32::from(taken == Some(in_ticks(20)));
        assert!(first <= 1);
        assert_eq!(pouch.collect(), 5 - used);
    });
}

/// One thread's clock is past the lease: it gets nothing, however the other's steps fall.
#[test]
fn nothing_is_taken_of_a_lease_that_is_over() {
    loom::model(|| {
        let pouch = filled(2);
        let other = pouch.clone();
        let late = Moment(9 << TICK_BITS).plus(Duration::from_nanos(1));
        let there = thread::spawn(move || other.take(1, late).is_some());
        assert!(pouch.take(1, NOW).is_some());
        assert!(!there.join().expect("the other thread"));
        assert_eq!(pouch.collect(), 1);
    });
}
