//! Which home's environment serves whom.

use super::*;

#[test]
fn a_lease_prefers_its_home_and_what_ran_last() {
    let mut pool = with_idle(&[(1, 1), (2, 2), (3, 1), (4, 2)]);
    assert_eq!(pool.lease(home(1), Tempo::Slow).map(|e| e.id), Some(3));
    assert_eq!(pool.lease(home(1), Tempo::Slow).map(|e| e.id), Some(1));
    assert_eq!(
        pool.lease(home(1), Tempo::Slow).map(|e| e.id),
        Some(4),
        "steals when its home has none"
    );
}

#[test]
fn quick_invocations_wait_for_their_own_home() {
    let mut pool = with_idle(&[(1, 1), (2, 1), (3, 1), (4, 2)]);
    for expected in [Some(3), Some(2), None] {
        assert_eq!(pool.lease(home(1), QUICK).map(|e| e.id), expected, "two run abreast");
    }
    assert_eq!(pool.lease(home(2), QUICK).map(|e| e.id), Some(4));
    assert_eq!(pool.lease(home(2), QUICK), None, "the idle one is another home's");
    assert_eq!(pool.lease(home(2), Tempo::Slow).map(|e| e.id), Some(1), "which is worth its while");
    assert!(pool.is_crowded(home(1), 1) && !pool.is_crowded(home(1), 2));
}

#[test]
fn a_home_without_environments_takes_another_homes() {
    let mut pool = with_idle(&[(1, 1)]);
    assert_eq!(pool.lease(home(2), QUICK), Some(environment(1, 2)));
    let waiting = caller(&mut pool, 1, 1);
    assert_eq!(pool.release(environment(1, 2), QUICK, NOW), Released::Kept);
    assert_eq!(waiting.served_by.get(), Some(1), "nothing of its own could serve it");
}

#[test]
fn who_has_waited_long_enough_takes_what_is_idle() {
    let mut pool = with_idle(&[(1, 1), (2, 2)]);
    let leased = pool.lease(home(1), QUICK).expect("idle");
    caller(&mut pool, 7, 1);
    assert!(!pool.start(NOW), "no start while something is idle");
    assert_eq!(pool.claim(8), None, "nobody waits by that number");
    assert_eq!(pool.claim(7), Some(environment(2, 1)));
    assert_eq!(pool.counts(), Counts { idle: 0, busy: 2, starting: 0, waiting: 0 });
    assert_eq!(pool.release(leased, QUICK, NOW), Released::Kept);
}

/// Whom an environment of home 1 serves after `span` in which one of home 2 waited before one of
/// home 1, both homes having one that runs.
#[track_caller]
fn serves(span: Duration, tempo: Tempo, expected: Option<u64>) {
    let mut pool = with_idle(&[(1, 1), (2, 2), (3, 1)]);
    let leased = [1, 2, 1].map(|at| pool.lease(home(at), Tempo::Slow).expect("idle"));
    let waiting = [(2, caller(&mut pool, 2, 2)), (1, caller(&mut pool, 1, 1))];
    let [first, ..] = leased;
    pool.release(first, tempo, after(span));
    let served = waiting.iter().find(|(_, caller)| caller.served_by.get().is_some());
    assert_eq!(served.map(|(at, _)| *at), expected);
}

#[test]
fn the_own_home_is_served_first_but_nobody_is_passed_over_for_long() {
    serves(Duration::ZERO, QUICK, Some(1));
    serves(PASSED_OVER - Duration::from_nanos(1), QUICK, Some(1));
    serves(PASSED_OVER, QUICK, Some(2));
    serves(Duration::ZERO, Tempo::Slow, Some(2));
}

#[test]
fn what_ran_beyond_the_usual_rests_again() {
    for (span, is_served) in [(Duration::ZERO, false), (HOME_PATIENCE, true)] {
        let mut pool = with_idle(&[(1, 1), (2, 1), (3, 1)]);
        let leased = [(); 3].map(|()| pool.lease(home(1), Tempo::Slow).expect("idle"));
        let waiting = caller(&mut pool, 1, 1);
        let [first, second, _] = leased;
        pool.release(first, QUICK, after(span));
        assert_eq!(waiting.served_by.get().is_some(), is_served, "two run still, {span:?}");
        pool.release(second, QUICK, after(span));
        assert!(waiting.served_by.get().is_some());
    }
}

#[test]
fn a_free_environment_goes_to_another_home_when_somebody_there_has_waited() {
    for (span, is_served) in [(Duration::ZERO, false), (HOME_PATIENCE, true)] {
        let mut pool = with_idle(&[(1, 1), (2, 2)]);
        let leased = [1, 2].map(|at| pool.lease(home(at), QUICK).expect("idle"));
        let waiting = caller(&mut pool, 1, 2);
        let [first, _] = leased;
        pool.release(first, QUICK, after(span));
        assert_eq!(waiting.served_by.get().is_some(), is_served, "after {span:?}");
    }
}
