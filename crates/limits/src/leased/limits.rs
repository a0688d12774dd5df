//! A node as a backend of limits.

use model::{Mode, Now, Timestamp};

use super::attempt::Attempt;
use super::node::Leased;
use crate::{
    Answer, Ask, Decision, Entry, InForce, Key, Limits, Look, Name, Policy, Reply, Seed, Standing,
    StoreProblem, Verdict,
};

/// Answers that a request waits for: one, or a few while demand grows faster than what is asked for.
const MOST_ROUNDS: usize = 4;

/// An ask that outlives the request's call.
struct Kept {
    policy: Policy,
    key: Key,
    cost: u64,
    name: Option<Name>,
}

impl Kept {
    fn of(ask: &Ask<'_>) -> Self {
        let name = ask.name.map(|name| name.name(ask));
        Self { policy: ask.policy.clone(), key: ask.key, cost: ask.cost, name }
    }

    fn ask(&self) -> Ask<'_> {
        let ask = Ask::one(&self.policy, self.key).cost(self.cost);
        match &self.name {
            Some(name) => ask.named(name),
            None => ask,
        }
    }
}

fn borrowed(asks: &[Kept]) -> Vec<Ask<'_>> {
    asks.iter().map(Kept::ask).collect()
}

impl Leased {
    /// Waits for answers until the request can be decided.
    async fn wait(self, asks: Vec<Kept>, mut attempt: Attempt) -> Decision {
        let mut rounds = 0;
        while rounds < MOST_ROUNDS {
            match attempt {
                Attempt::Waits(waits) => {
                    rounds += usize::from(!waits.is_empty());
                    for wait in waits {
                        wait.await;
                    }
                }
                done => return self.rest(&asks, done).await,
            }
            attempt = self.0.attempt(&borrowed(&asks), self.0.clock.moment());
        }
        self.rest(&asks, attempt).await
    }

    /// Has the store decide what is not leased. If it denies, what was taken goes back.
    async fn rest(&self, asks: &[Kept], attempt: Attempt) -> Decision {
        let mut taken = match attempt {
            Attempt::Done(decision) => return decision,
            Attempt::Rest(taken) => taken,
            Attempt::Waits(_) => {
                let again = self.0.round_trip();
                let denied = Standing::denied(Verdict::Exhausted, 0, again);
                return Decision::with(asks.len(), |_| denied);
            }
        };
        let open: Vec<_> = taken.open().collect();
        let sent = self.0.clock.now();
        let answer = {
            let open: Vec<_> = open.iter().map(|index| asks[*index].ask()).collect();
            self.0.exact.decide(&open, sent)
        };
        let decision = answer.await;
        self.0.note_round_trip(self.0.clock.moment().since(sent.moment));
        if !decision.is_allowed() {
            taken.put_back(&self.0, &borrowed(asks));
        }
        for (index, standing) in open.into_iter().zip(decision.standings()) {
            taken.decision.set(index, *standing);
        }
        taken.decision
    }
}

impl Limits for Leased {
    fn seed(&self) -> &Seed {
        self.0.exact.seed()
    }

    fn decide(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        if asks.iter().all(|ask| ask.policy.mode() == Mode::Exact) {
            return self.0.exact.decide(asks, now);
        }
        if let [ask] = asks
            && let Some(standing) = self.0.at_hand(ask, now.moment)
        {
            return Reply::Now(Decision::alone(standing));
        }
        match self.0.attempt(asks, now.moment) {
            Attempt::Done(decision) => Reply::Now(decision),
            Attempt::Rest(taken) if taken.is_nothing() => self.0.exact.decide(asks, now),
            attempt => {
                let asks = asks.iter().map(Kept::of).collect();
                Reply::later(self.clone().wait(asks, attempt))
            }
        }
    }

    fn peek(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        self.0.exact.peek(asks, now)
    }

    fn last_known(&self, asks: &[Ask<'_>], now: Now) -> Decision {
        self.0.exact.last_known(asks, now)
    }

    fn refund(&self, asks: &[Ask<'_>], taken: Now, now: Now) {
        self.0.exact.refund(asks, taken, now);
    }

    fn settle(&self, ask: &Ask<'_>, extra: i64, taken: Now, now: Now) {
        self.0.exact.settle(ask, extra, taken, now);
    }

    /// Nodes that hold permits of the key go on until those are used or void.
    fn pause(&self, ask: &Ask<'_>, until: Timestamp, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.0.exact.pause(ask, until, now)
    }

    fn resume(&self, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.0.exact.resume(ask, now)
    }

    fn carry_pauses(&self, in_force: &InForce, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.0.exact.carry_pauses(in_force, now)
    }

    fn reset(&self, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.0.exact.reset(ask, now)
    }

    fn lower(&self, ask: &Ask<'_>, used: u64, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.0.exact.lower(ask, used, now)
    }

    fn inspect(&self, look: &Look, now: Now) -> Reply<Result<Vec<Entry>, StoreProblem>> {
        self.0.exact.inspect(look, now)
    }
}
