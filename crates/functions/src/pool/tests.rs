use std::cell::Cell;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;

#[derive(Debug, PartialEq, Eq)]
struct Environment {
    id: u64,
    home: Home,
}

impl Member for Environment {
    fn home(&self) -> Home {
        self.home
    }

    fn move_to(&mut self, home: Home) {
        self.home = home;
    }
}

#[derive(Debug, Default)]
struct Caller {
    vanished: Cell<bool>,
    served_by: Cell<Option<u64>>,
}

struct Ticket {
    id: u64,
    home: Home,
    since: Moment,
    caller: Rc<Caller>,
}

impl Waiter<Environment> for Ticket {
    fn id(&self) -> u64 {
        self.id
    }

    fn home(&self) -> Home {
        self.home
    }

    fn since(&self) -> Moment {
        self.since
    }

    fn offer(self, environment: Environment) -> Result<(), Environment> {
        if self.caller.vanished.get() {
            return Err(environment);
        }
        assert_eq!(environment.home, self.home, "it has been moved");
        self.caller.served_by.set(Some(environment.id));
        Ok(())
    }

    fn has_vanished(&self) -> bool {
        self.caller.vanished.get()
    }
}

fn home(number: u64) -> Home {
    Home { number, processor: None }
}

fn environment(id: u64, at: u64) -> Environment {
    Environment { id, home: home(at) }
}

fn ticket(id: u64, at: u64, since: Moment) -> (Ticket, Rc<Caller>) {
    let caller = Rc::<Caller>::default();
    (Ticket { id, home: home(at), since, caller: Rc::clone(&caller) }, caller)
}

/// Someone who waits since [`NOW`], at a home.
fn caller(pool: &mut Pool<Environment, Ticket>, id: u64, at: u64) -> Rc<Caller> {
    let (ticket, caller) = ticket(id, at, NOW);
    assert!(pool.wait(ticket).is_ok());
    caller
}

const NOW: Moment = Moment(1);
const QUICK: Tempo = Tempo::Quick { abreast: 2 };

fn after(span: Duration) -> Moment {
    NOW.plus(span)
}

fn with_idle(environments: &[(u64, u64)]) -> Pool<Environment, Ticket> {
    let mut pool = Pool::new(16, 16);
    for (id, at) in environments {
        pool.starting += 1;
        let kept = pool.started(environment(*id, *at), Tempo::Slow, NOW);
        assert_eq!(kept, Released::Kept);
    }
    pool
}

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

#[derive(Debug, Clone)]
enum Step {
    Call,
    Vanish(usize),
    Finish(usize),
    Crash(usize),
    Start,
    Started,
    StartFailed,
    Expire,
    Pass,
    Claim(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Call),
        1 => any::<usize>().prop_map(Step::Vanish),
        3 => any::<usize>().prop_map(Step::Finish),
        1 => any::<usize>().prop_map(Step::Crash),
        3 => Just(Step::Start),
        3 => Just(Step::Started),
        1 => Just(Step::StartFailed),
        1 => Just(Step::Expire),
        1 => Just(Step::Pass),
        2 => any::<usize>().prop_map(Step::Claim),
    ]
}

/// The queue as its callers see it.
struct Queued {
    id: u64,
    caller: Rc<Caller>,
}

proptest! {
    /// Whatever happens, the limit holds, no environment serves two callers, and who waits while an
    /// environment is idle may claim it. Of slow functions nobody does, and the queue is served in order.
    #[test]
    fn no_environment_is_lost_or_shared(
        steps in prop::collection::vec(step(), 1..200),
        limit in 1_usize..5,
        is_slow in any::<bool>(),
    ) {
        let tempo = if is_slow { Tempo::Slow } else { QUICK };
        let mut pool: Pool<Environment, Ticket> = Pool::new(limit, 8);
        let mut now = NOW;
        let mut busy: Vec<Environment> = Vec::new();
        let mut queue: VecDeque<Queued> = VecDeque::new();
        let (mut next_id, mut starting) = (0_u64, 0_usize);
        for step in steps {
            match step {
                Step::Call => match pool.lease(home(next_id % 2), tempo) {
                    Some(environment) => busy.push(environment),
                    None => {
                        let (ticket, caller) = ticket(next_id, next_id % 2, now);
                        if pool.wait(ticket).is_ok() {
                            queue.push_back(Queued { id: next_id, caller });
                        }
                    }
                },
                Step::Vanish(at) if !queue.is_empty() => {
                    queue[at % queue.len()].caller.vanished.set(true);
                }
                Step::Claim(at) if !queue.is_empty() => {
                    let at = at % queue.len();
                    if let Some(environment) = pool.claim(queue[at].id) {
                        queue.remove(at);
                        busy.push(environment);
                    }
                }
                Step::Finish(at) if !busy.is_empty() => {
                    let environment = busy.remove(at % busy.len());
                    prop_assert_eq!(pool.release(environment, tempo, now), Released::Kept);
                }
                Step::Crash(at) if !busy.is_empty() => {
                    let environment = busy.remove(at % busy.len());
                    pool.lost_busy(environment.home);
                }
                Step::Start => starting += usize::from(pool.start(now)),
                Step::Started if starting > 0 => {
                    starting -= 1;
                    let environment = environment(1_000 + next_id, next_id % 2);
                    prop_assert_eq!(pool.started(environment, tempo, now), Released::Kept);
                }
                Step::StartFailed if starting > 0 => {
                    starting -= 1;
                    for ticket in pool.start_failed(now, next_id) {
                        queue.retain(|waiting| waiting.id != ticket.id);
                    }
                }
                Step::Expire => {
                    pool.take_expired(|environment| environment.id % 3 == 0);
                }
                Step::Pass => now = now.plus(std::time::Duration::from_secs(60)),
                _ => {}
            }
            next_id += 1;
            let served = |waiting: &Queued| waiting.caller.served_by.get();
            let count = queue.iter().filter(|waiting| served(waiting).is_some()).count();
            let mut alive = queue
                .iter()
                .filter(|waiting| !waiting.caller.vanished.get() || served(waiting).is_some());
            prop_assert!(
                !is_slow || alive.by_ref().take(count).all(|waiting| served(waiting).is_some()),
                "served out of order"
            );
            for waiting in queue.iter().filter(|waiting| served(waiting).is_some()) {
                busy.push(environment(served(waiting).unwrap(), waiting.id % 2));
            }
            queue.retain(|waiting| served(waiting).is_none());
            let counts = pool.counts();
            prop_assert_eq!(counts.busy, busy.len());
            prop_assert_eq!(counts.starting, starting);
            prop_assert!(counts.idle + counts.busy + counts.starting <= limit);
            let waits = |waiting: &&Queued| !waiting.caller.vanished.get();
            let may_claim = |waiting: &Queued| pool.waiting.iter().any(|own| own.id == waiting.id);
            prop_assert!(
                counts.idle == 0 || queue.iter().filter(waits).all(|own| !is_slow && may_claim(own)),
                "somebody waits beside an idle environment"
            );
            let mut distinct: Vec<u64> = busy.iter().map(|environment| environment.id).collect();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), busy.len());
        }
    }
}
