//! Environments and callers as a pool sees them, and what it does with them.

mod anything;
mod homes;
mod serving;

use std::cell::Cell;
use std::rc::Rc;

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
