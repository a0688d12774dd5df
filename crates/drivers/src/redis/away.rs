//! A store that has not answered since this node started: failure policies decide until it does.
//!
//! What the node's keys will be hashed with is the store's to say, so that they are counted here by a
//! seed of the node's own. What is used meanwhile is therefore not told to the store.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use limits::{
    Answer, Ask, Decision, Entry, InForce, Limits, Look, Reply, Seed, Standing, StoreProblem,
};
use model::{Now, Timestamp};

use super::options::Options;
use super::outage::{Fallback, Past};
use super::problem::Problem;
use super::recent::Recent;
use super::request::Line;
use super::shared::Health;
use super::slots::Slots;
use super::start::{Redis, connect};

/// Decides by failure policies alone.
pub struct Away {
    seed: Seed,
    fallback: Fallback,
    /// Nothing is known of any key.
    recent: Recent,
    slots: Slots,
    problem: Mutex<Problem>,
    decided: AtomicU64,
}

/// Between two tries whether it is there.
const PAUSE: Duration = Duration::from_secs(1);

impl Away {
    /// `problem` is why the store cannot be used yet.
    pub fn new(options: &Options, problem: Problem) -> Self {
        let seed = Seed::new([fastrand::u64(..), fastrand::u64(..)]);
        let clock = Arc::clone(&options.clock);
        Self {
            fallback: Fallback::new(seed.clone(), Arc::clone(&clock), options.min_share),
            seed,
            recent: Recent::new(),
            slots: Slots::new(clock),
            problem: Mutex::new(problem),
            decided: AtomicU64::new(0),
        }
    }

    /// Tries until the store can be used.
    pub async fn wait(&self, options: &Options) -> Redis {
        loop {
            tokio::time::sleep(PAUSE).await;
            match connect(options.clone()).await {
                Ok(store) => {
                    tracing::info!(store = store.address(), "the limit store decides from now on");
                    return store;
                }
                Err(problem) => {
                    let mut known = self.problem();
                    if *known != problem {
                        tracing::warn!("failure policies decide: {problem}");
                    }
                    *known = problem;
                }
            }
        }
    }

    pub fn health(&self) -> Health {
        let problem = Some(self.problem().to_string());
        let degraded = self.decided.load(Ordering::Relaxed);
        Health { asked: 0, remembered: 0, degraded, outages: 1, nodes: 0, problem }
    }

    fn past(&self) -> Past<'_> {
        Past { recent: &self.recent, slots: &self.slots }
    }

    fn problem(&self) -> MutexGuard<'_, Problem> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> Reply<Result<(), StoreProblem>> {
        Reply::Now(Err(StoreProblem(self.problem().to_string())))
    }
}

impl Limits for Away {
    fn seed(&self) -> &Seed {
        &self.seed
    }

    fn decide(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        self.decided.fetch_add(1, Ordering::Relaxed);
        Reply::Now(decision(&self.fallback.decide(&lines(asks, now), self.past(), now)))
    }

    fn peek(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        Reply::Now(decision(&self.fallback.peek(&lines(asks, now), self.past(), now)))
    }

    fn last_known(&self, asks: &[Ask<'_>], now: Now) -> Decision {
        decision(&self.fallback.peek(&lines(asks, now), self.past(), now))
    }

    fn refund(&self, asks: &[Ask<'_>], taken: Now, now: Now) {
        for line in lines(asks, now) {
            self.fallback.refund(&line, taken, now);
        }
    }

    fn settle(&self, ask: &Ask<'_>, extra: i64, taken: Now, now: Now) {
        let line = Line::of(&ask.cost(extra.unsigned_abs()), now);
        match extra {
            1.. => self.fallback.charge(&line, self.past(), taken, now),
            0 => {}
            _ => self.fallback.refund(&line, taken, now),
        }
    }

    fn pause(&self, _: &Ask<'_>, _: Timestamp, _: Now) -> Reply<Result<(), StoreProblem>> {
        self.change()
    }

    fn resume(&self, _: &Ask<'_>, _: Now) -> Reply<Result<(), StoreProblem>> {
        self.change()
    }

    fn carry_pauses(&self, _: &InForce, _: Now) -> Reply<Result<(), StoreProblem>> {
        // No name is known yet.
        Reply::Now(Ok(()))
    }

    fn reset(&self, _: &Ask<'_>, _: Now) -> Reply<Result<(), StoreProblem>> {
        self.change()
    }

    fn lower(&self, _: &Ask<'_>, _: u64, _: Now) -> Reply<Result<(), StoreProblem>> {
        self.change()
    }

    fn inspect(&self, _: &Look, _: Now) -> Reply<Result<Vec<Entry>, StoreProblem>> {
        Reply::Now(Err(StoreProblem(self.problem().to_string())))
    }
}

fn lines(asks: &[Ask<'_>], now: Now) -> Vec<Line> {
    asks.iter().map(|ask| Line::of(ask, now)).collect()
}

fn decision(standings: &[Standing]) -> Decision {
    Decision::with(standings.len(), |index| standings[index])
}
