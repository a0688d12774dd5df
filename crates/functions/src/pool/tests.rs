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
}

#[derive(Debug, Default)]
struct Caller {
    vanished: Cell<bool>,
    served_by: Cell<Option<u64>>,
}

struct Ticket(u64, Rc<Caller>);

impl Waiter<Environment> for Ticket {
    fn id(&self) -> u64 {
        self.0
    }

    fn offer(self, environment: Environment) -> Result<(), Environment> {
        if self.1.vanished.get() {
            return Err(environment);
        }
        self.1.served_by.set(Some(environment.id));
        Ok(())
    }

    fn has_vanished(&self) -> bool {
        self.1.vanished.get()
    }
}

fn environment(id: u64, home: u64) -> Environment {
    Environment { id, home: Home(home) }
}

fn caller(pool: &mut Pool<Environment, Ticket>, id: u64) -> Rc<Caller> {
    let caller = Rc::<Caller>::default();
    assert!(pool.wait(Ticket(id, Rc::clone(&caller))).is_ok());
    caller
}

const NOW: Moment = Moment(1);

fn with_idle(environments: &[(u64, u64)]) -> Pool<Environment, Ticket> {
    let mut pool = Pool::new(16, 16);
    for (id, home) in environments {
        pool.starting += 1;
        assert_eq!(pool.started(environment(*id, *home)), Released::Kept);
    }
    pool
}

#[test]
fn a_lease_prefers_its_home_and_what_ran_last() {
    let mut pool = with_idle(&[(1, 1), (2, 2), (3, 1), (4, 2)]);
    assert_eq!(pool.lease(Home(1)).map(|e| e.id), Some(3));
    assert_eq!(pool.lease(Home(1)).map(|e| e.id), Some(1));
    assert_eq!(pool.lease(Home(1)).map(|e| e.id), Some(4), "steals when its home has none");
}

#[test]
fn who_waits_longest_is_served_first_and_who_vanished_costs_nothing() {
    let mut pool = with_idle(&[(1, 1)]);
    let leased = pool.lease(Home(1)).expect("idle");
    let (first, second, third) = (caller(&mut pool, 1), caller(&mut pool, 2), caller(&mut pool, 3));
    first.vanished.set(true);
    assert_eq!(pool.release(leased), Released::Kept);
    assert_eq!(second.served_by.get(), Some(1));
    assert_eq!(third.served_by.get(), None);
    assert_eq!(pool.counts(), Counts { idle: 0, busy: 1, starting: 0, waiting: 1 });
}

#[test]
fn a_full_queue_forgets_the_vanished_before_it_refuses() {
    let mut pool = Pool::new(1, 2);
    let first = caller(&mut pool, 1);
    caller(&mut pool, 2);
    assert!(pool.wait(Ticket(3, Rc::default())).is_err());
    first.vanished.set(true);
    assert!(pool.wait(Ticket(4, Rc::default())).is_ok());
}

#[test]
fn a_failed_start_reaches_one_caller_while_others_can_still_be_served() {
    let mut pool = Pool::new(2, 16);
    for id in 0..3 {
        caller(&mut pool, id);
    }
    assert!(pool.start(NOW) && pool.start(NOW) && !pool.start(NOW));
    assert_eq!(pool.start_failed(NOW, 0).len(), 1);
    assert_eq!(pool.start_failed(NOW, 0).len(), 2, "nothing is left to serve them");
    caller(&mut pool, 9);
    assert!(!pool.start(NOW), "backs off");
    assert!(pool.start(NOW.plus(std::time::Duration::from_mins(1))));
}

#[test]
fn a_retired_pool_serves_who_waits_and_keeps_nothing() {
    let mut pool = with_idle(&[(1, 1), (2, 1)]);
    let leased = pool.lease(Home(1)).expect("idle");
    let waiting = caller(&mut pool, 1);
    assert_eq!(pool.retire().len(), 1);
    assert_eq!(pool.release(leased), Released::Kept);
    assert_eq!(waiting.served_by.get(), Some(2));
    assert_eq!(pool.release(environment(2, 1)), Released::Stop(environment(2, 1)));
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
    ]
}

proptest! {
    /// Whatever happens, the limit holds, no environment serves two callers, nobody waits while an
    /// environment is idle, and the queue is served in order.
    #[test]
    fn no_environment_is_lost_or_shared(steps in prop::collection::vec(step(), 1..200), limit in 1_usize..5) {
        let mut pool: Pool<Environment, Ticket> = Pool::new(limit, 8);
        let mut now = NOW;
        let mut busy: Vec<u64> = Vec::new();
        let mut queue: VecDeque<Rc<Caller>> = VecDeque::new();
        let (mut next_id, mut starting) = (0_u64, 0_usize);
        for step in steps {
            match step {
                Step::Call => match pool.lease(Home(next_id % 2)) {
                    Some(environment) => busy.push(environment.id),
                    None => {
                        let caller = Rc::<Caller>::default();
                        if pool.wait(Ticket(next_id, Rc::clone(&caller))).is_ok() {
                            queue.push_back(caller);
                        }
                    }
                },
                Step::Vanish(at) if !queue.is_empty() => queue[at % queue.len()].vanished.set(true),
                Step::Finish(at) if !busy.is_empty() => {
                    let id = busy.remove(at % busy.len());
                    prop_assert_eq!(pool.release(environment(id, id % 2)), Released::Kept);
                }
                Step::Crash(at) if !busy.is_empty() => {
                    busy.remove(at % busy.len());
                    pool.lost_busy();
                }
                Step::Start => starting += usize::from(pool.start(now)),
                Step::Started if starting > 0 => {
                    starting -= 1;
                    prop_assert_eq!(pool.started(environment(1_000 + next_id, next_id % 2)), Released::Kept);
                }
                Step::StartFailed if starting > 0 => {
                    starting -= 1;
                    let told = pool.start_failed(now, next_id);
                    for Ticket(_, caller) in told {
                        queue.retain(|waiting| !Rc::ptr_eq(waiting, &caller));
                    }
                }
                Step::Expire => {
                    pool.take_expired(|environment| environment.id % 3 == 0);
                }
                Step::Pass => now = now.plus(std::time::Duration::from_secs(60)),
                _ => {}
            }
            next_id += 1;
            let served = queue.iter().filter(|caller| caller.served_by.get().is_some()).count();
            let alive = queue.iter().filter(|c| !c.vanished.get() || c.served_by.get().is_some());
            prop_assert!(
                alive.take(served).all(|caller| caller.served_by.get().is_some()),
                "served out of order"
            );
            for caller in queue.iter().filter(|caller| caller.served_by.get().is_some()) {
                busy.push(caller.served_by.get().unwrap());
            }
            queue.retain(|caller| caller.served_by.get().is_none());
            let counts = pool.counts();
            prop_assert_eq!(counts.busy, busy.len());
            prop_assert_eq!(counts.starting, starting);
            prop_assert!(counts.idle + counts.busy + counts.starting <= limit);
            let waits = queue.iter().any(|caller| !caller.vanished.get());
            prop_assert!(counts.idle == 0 || !waits, "somebody waits beside an idle environment");
            let mut distinct = busy.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), busy.len());
        }
    }
}
