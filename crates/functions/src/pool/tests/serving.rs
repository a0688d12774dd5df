//! Who is served, refused and told, whatever their home.

use super::*;

#[test]
fn who_waits_longest_is_served_first_and_who_vanished_costs_nothing() {
    let mut pool = with_idle(&[(1, 1)]);
    let leased = pool.lease(home(1), Tempo::Slow).expect("idle");
    let (first, second, third) =
        (caller(&mut pool, 1, 1), caller(&mut pool, 2, 2), caller(&mut pool, 3, 1));
    first.vanished.set(true);
    assert_eq!(pool.release(leased, Tempo::Slow, NOW), Released::Kept);
    assert_eq!(second.served_by.get(), Some(1));
    assert_eq!(third.served_by.get(), None);
    assert_eq!(pool.counts(), Counts { idle: 0, busy: 1, starting: 0, waiting: 1 });
}

#[test]
fn a_full_queue_forgets_the_vanished_before_it_refuses() {
    let mut pool = Pool::new(1, 2);
    let first = caller(&mut pool, 1, 1);
    caller(&mut pool, 2, 1);
    assert!(pool.wait(ticket(3, 1, NOW).0).is_err());
    first.vanished.set(true);
    assert!(pool.wait(ticket(4, 1, NOW).0).is_ok());
}

#[test]
fn a_failed_start_reaches_one_caller_while_others_can_still_be_served() {
    let mut pool = Pool::new(2, 16);
    for id in 0..3 {
        caller(&mut pool, id, 1);
    }
    assert!(pool.start(NOW) && pool.start(NOW) && !pool.start(NOW));
    assert_eq!(pool.start_failed(NOW, 0).len(), 1);
    assert_eq!(pool.start_failed(NOW, 0).len(), 2, "nothing is left to serve them");
    caller(&mut pool, 9, 1);
    assert!(!pool.start(NOW), "backs off");
    assert!(pool.start(NOW.plus(std::time::Duration::from_mins(1))));
}

#[test]
fn a_retired_pool_serves_who_waits_and_keeps_nothing() {
    let mut pool = with_idle(&[(1, 1), (2, 1)]);
    let leased = pool.lease(home(1), Tempo::Slow).expect("idle");
    let waiting = caller(&mut pool, 1, 1);
    assert_eq!(pool.retire().len(), 1);
    assert_eq!(pool.release(leased, Tempo::Slow, NOW), Released::Kept);
    assert_eq!(waiting.served_by.get(), Some(2));
    assert_eq!(
        pool.release(environment(2, 1), Tempo::Slow, NOW),
        Released::Stop(environment(2, 1))
    );
}
