//! The contract of the limit engine, kept by a store.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use limits::{
    Answer, Ask, Decision, Entry, InForce, Limits, Look, Reply, Seed, Standing, StoreProblem,
};
use model::{Now, Timestamp};

use super::ask::{answered, send, tell};
use super::decide::decide;
use super::request::{Line, Request, Verb};
use super::start::Redis;

impl Limits for Redis {
    fn seed(&self) -> &Seed {
        &self.shared.seed
    }

    fn decide(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        if asks.is_empty() {
            return Reply::Now(Decision::with(0, |_| Standing::default()));
        }
        let recent = self.shared.recent.look(asks, now.moment);
        if let Some(denied) = recent.denial {
            self.shared.counters.remembered.fetch_add(1, Ordering::Relaxed);
            return Reply::Now(denied);
        }
        for (ask, is_known) in asks.iter().zip(recent.are_known) {
            if !is_known {
                self.shared.names.see(ask);
            }
        }
        decide(&self.shared, Verb::Decide, asks, now)
    }

    fn peek(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        if asks.is_empty() {
            return Reply::Now(Decision::with(0, |_| Standing::default()));
        }
        decide(&self.shared, Verb::Peek, asks, now)
    }

    fn refund(&self, asks: &[Ask<'_>], taken: Now, now: Now) {
        for ask in asks {
            self.amend(Verb::Credit, ask, ask.cost, taken, now);
        }
    }

    fn settle(&self, ask: &Ask<'_>, extra: i64, taken: Now, now: Now) {
        match extra {
            1.. => self.amend(Verb::Charge, ask, extra.unsigned_abs(), taken, now),
            0 => {}
            _ => self.amend(Verb::Credit, ask, extra.unsigned_abs(), taken, now),
        }
    }

    fn pause(&self, ask: &Ask<'_>, until: Timestamp, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.shared.names.see(ask);
        self.change(Verb::Pause(until), ask, now)
    }

    fn resume(&self, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.change(Verb::Resume, ask, now)
    }

    fn carry_pauses(&self, in_force: &InForce, now: Now) -> Reply<Result<(), StoreProblem>> {
        let names = self.shared.names.all();
        let superseded = names.filter(|named| in_force.successor(&named.policy).is_some());
        let superseded: InForce = superseded.map(|named| named.policy).collect();
        if superseded == InForce::default() {
            return Reply::Now(Ok(()));
        }
        let (store, in_force) = (self.clone(), in_force.clone());
        let look = Look { in_force: Some(superseded), ..Look::default() };
        Reply::later(async move {
            for entry in store.inspect(&look, now).await? {
                let successor = in_force.successor(&entry.policy);
                let Some((policy, until)) = successor.zip(entry.paused_until) else { continue };
                let key = entry.key_under(policy);
                let paused = store.pause(&Ask::one(policy, key).named(&entry.name), until, now);
                paused.await?;
                let resumed = store.resume(&entry.ask(), now);
                resumed.await?;
            }
            Ok(())
        })
    }

    fn reset(&self, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.change(Verb::Reset, ask, now)
    }

    /// The keys that this node has seen, as all nodes have used them.
    fn inspect(&self, look: &Look, now: Now) -> Reply<Result<Vec<Entry>, StoreProblem>> {
        let (shared, look) = (Arc::clone(&self.shared), look.clone());
        Reply::later(async move {
            let mut asked = Vec::new();
            let all = shared.names.all().filter(|named| named.name.text.starts_with(&look.prefix));
            for named in all.filter_map(|named| look.now(named)) {
                let ask = Ask::one(&named.policy, named.key).cost(0);
                let request = Arc::new(Request::of(Verb::Peek, &[ask], now));
                asked.push((named, Arc::clone(&request), send(&shared, request)));
            }
            let mut entries = Vec::new();
            for (named, request, answer) in asked {
                let reply =
                    answered(answer, &shared).await.map_err(|p| StoreProblem(p.to_string()))?;
                let (Some(count), Some(line)) = (reply.counts.first(), request.lines.first())
                else {
                    continue;
                };
                let standing = count.standing(line);
                let used = count.used(line);
                let paused_until = count.paused_for().map(|rest| now.timestamp.plus(rest));
                entries.push(Entry {
                    key: named.key,
                    name: named.name,
                    used,
                    limit: named.policy.limit(),
                    remaining: standing.remaining,
                    full_in: standing.full_in(),
                    paused_until,
                    policy: named.policy,
                });
            }
            look.arrange(&mut entries);
            Ok(entries)
        })
    }
}

impl Redis {
    /// A change that nobody waits for.
    fn amend(&self, verb: Verb, ask: &Ask<'_>, cost: u64, taken: Now, now: Now) {
        let shared = &self.shared;
        let line = Line::of(&ask.cost(cost), now);
        let line = Line { age: now.moment.since(taken.moment), ..line };
        shared.recent.forget(ask.key);
        if !shared.is_open(ask.key) {
            return tell(shared, verb, vec![line]);
        }
        match verb {
            Verb::Credit => {
                shared.fallback.refund(&line, taken, now);
                shared.slots.give_back_alone(&[line]);
            }
            _ => shared.slots.take_alone(&[line]),
        }
    }

    fn change(&self, verb: Verb, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>> {
        let shared = Arc::clone(&self.shared);
        shared.recent.forget(ask.key);
        let answer = send(&shared, Arc::new(Request::of(verb, &[*ask], now)));
        let key = ask.key;
        Reply::later(async move {
            let reply = answered(answer, &shared).await;
            shared.recent.forget(key);
            reply.map(drop).map_err(|problem| StoreProblem(problem.to_string()))
        })
    }
}
