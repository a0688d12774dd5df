//! Whatever happens in whatever order, the pool keeps its promises.

use proptest::prelude::*;

use super::*;

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

/// A waiting caller, as the caller sees it.
struct Queued {
    id: u64,
    caller: Rc<Caller>,
}

impl Queued {
    fn served_by(&self) -> Option<u64> {
        self.caller.served_by.get()
    }

    fn waits(&self) -> bool {
        !self.caller.vanished.get()
    }
}

/// A pool, and what those around it know.
struct World {
    pool: Pool<Environment, Ticket>,
    tempo: Tempo,
    now: Moment,
    busy: Vec<Environment>,
    queue: VecDeque<Queued>,
    next_id: u64,
    starting: usize,
}

impl World {
    fn new(limit: usize, tempo: Tempo) -> Self {
        let (busy, queue) = Default::default();
        Self { pool: Pool::new(limit, 8), tempo, now: NOW, busy, queue, next_id: 0, starting: 0 }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Call => self.call(),
            Step::Vanish(at) if !self.queue.is_empty() => {
                self.queue[at % self.queue.len()].caller.vanished.set(true);
            }
            Step::Claim(at) if !self.queue.is_empty() => self.claim(at % self.queue.len()),
            Step::Finish(at) if !self.busy.is_empty() => {
                let environment = self.busy.remove(at % self.busy.len());
                let released = self.pool.release(environment, self.tempo, self.now);
                assert_eq!(released, Released::Kept);
            }
            Step::Crash(at) if !self.busy.is_empty() => {
                let environment = self.busy.remove(at % self.busy.len());
                self.pool.lost_busy(environment.home);
            }
            Step::Start => self.starting += usize::from(self.pool.start(self.now)),
            Step::Started if self.starting > 0 => {
                self.starting -= 1;
                let environment = environment(1_000 + self.next_id, self.next_id % 2);
                let started = self.pool.started(environment, self.tempo, self.now);
                assert_eq!(started, Released::Kept);
            }
            Step::StartFailed if self.starting > 0 => {
                self.starting -= 1;
                for ticket in self.pool.start_failed(self.now, self.next_id) {
                    self.queue.retain(|waiting| waiting.id != ticket.id);
                }
            }
            Step::Expire => {
                self.pool.take_expired(|environment| environment.id % 3 == 0);
            }
            Step::Pass => self.now = self.now.plus(Duration::from_secs(60)),
            _ => {}
        }
        self.next_id += 1;
    }

    fn call(&mut self) {
        let (id, at) = (self.next_id, self.next_id % 2);
        if let Some(environment) = self.pool.lease(home(at), self.tempo) {
            return self.busy.push(environment);
        }
        let (ticket, caller) = ticket(id, at, self.now);
        if self.pool.wait(ticket).is_ok() {
            self.queue.push_back(Queued { id, caller });
        }
    }

    fn claim(&mut self, at: usize) {
        if let Some(environment) = self.pool.claim(self.queue[at].id) {
            self.queue.remove(at);
            self.busy.push(environment);
        }
    }

    /// Of slow functions the queue is served in its order.
    fn check_order(&self) {
        let count = self.queue.iter().filter(|waiting| waiting.served_by().is_some()).count();
        let mut alive = self.queue.iter().filter(|it| it.waits() || it.served_by().is_some());
        let in_order = alive.by_ref().take(count).all(|waiting| waiting.served_by().is_some());
        assert!(self.tempo != Tempo::Slow || in_order, "served out of order");
    }

    /// Who was served has an environment, and waits no longer.
    fn note_served(&mut self) {
        for waiting in &self.queue {
            let served_by = waiting.served_by();
            self.busy.extend(served_by.map(|served| environment(served, waiting.id % 2)));
        }
        self.queue.retain(|waiting| waiting.served_by().is_none());
    }

    fn check_counts(&self, limit: usize) {
        let counts = self.pool.counts();
        assert_eq!(counts.busy, self.busy.len());
        assert_eq!(counts.starting, self.starting);
        assert!(counts.idle + counts.busy + counts.starting <= limit);
        let mut distinct: Vec<u64> = self.busy.iter().map(|environment| environment.id).collect();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), self.busy.len(), "an environment serves two callers");
    }

    /// Who waits while an environment is idle may claim it; of slow functions nobody does.
    fn check_idle(&self) {
        let may_claim = |waiting: &Queued| {
            let mut own = self.pool.waiting.iter();
            self.tempo != Tempo::Slow && own.any(|own| own.id == waiting.id)
        };
        let mut waiting = self.queue.iter().filter(|waiting| waiting.waits());
        assert!(
            self.pool.counts().idle == 0 || waiting.all(may_claim),
            "somebody waits beside an idle environment"
        );
    }
}

proptest! {
    #[test]
    fn no_environment_is_lost_or_shared(
        steps in prop::collection::vec(step(), 1..200),
        limit in 1_usize..5,
        is_slow in any::<bool>(),
    ) {
        let mut world = World::new(limit, if is_slow { Tempo::Slow } else { QUICK });
        for step in steps {
            world.take(&step);
            world.check_order();
            world.note_served();
            world.check_counts(limit);
            world.check_idle();
        }
    }
}
