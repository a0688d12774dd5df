//! The contract of the limit engine, kept by a store.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use limits::{
    Answer, Ask, Decision, Entry, InForce, Limits, Look, Named, Reply, Seed, Standing, StoreProblem,
};
use model::{Now, Timestamp};

use super::ask::{amend, answered, send};
use super::decide::decide;
use super::lane;
use super::request::{Request, Verb};
use super::shared::Shared;
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

    fn last_known(&self, asks: &[Ask<'_>], now: Now) -> Decision {
        self.shared.recent.last_known(asks, now.moment)
    }

    fn refund(&self, asks: &[Ask<'_>], taken: Now, now: Now) {
        for ask in asks {
            amend(&self.shared, Verb::Credit, ask, taken, now);
        }
    }

    fn settle(&self, ask: &Ask<'_>, extra: i64, taken: Now, now: Now) {
        let ask = ask.cost(extra.unsigned_abs());
        match extra {
            1.. => amend(&self.shared, Verb::Charge, &ask, taken, now),
            0 => {}
            _ => amend(&self.shared, Verb::Credit, &ask, taken, now),
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
        self.change(Verb::Lower, &ask.cost(0), now)
    }

    fn lower(&self, ask: &Ask<'_>, used: u64, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.change(Verb::Lower, &ask.cost(used), now)
    }

    /// The keys that this node has seen, as all nodes have used them.
    fn inspect(&self, look: &Look, now: Now) -> Reply<Result<Vec<Entry>, StoreProblem>> {
        let (shared, look) = (Arc::clone(&self.shared), look.clone());
        let all = shared.names.all().filter(|named| named.name.text.starts_with(&look.prefix));
        let named: Vec<_> = all.filter_map(|named| look.now(named)).collect();
        Reply::later(async move {
            let mut entries = Vec::with_capacity(named.len());
            for some in named.chunks(lane::AT_ONCE) {
                entries.extend(entries_of(&shared, some, now).await?);
            }
            look.arrange(&mut entries);
            Ok(entries)
        })
    }
}

async fn entries_of(
    shared: &Arc<Shared>,
    named: &[Named],
    now: Now,
) -> Result<Vec<Entry>, StoreProblem> {
    // All are sent before the first is waited for, and travel together.
    let asked: Vec<_> = named
        .iter()
        .map(|named| {
            let ask = Ask::one(&named.policy, named.key).cost(0);
            let request = Arc::new(Request::of(Verb::Peek, &[ask], now));
            (named, Arc::clone(&request), send(shared, request))
        })
        .collect();
    let mut entries = Vec::with_capacity(asked.len());
    for (named, request, answer) in asked {
        let reply = answered(answer, shared).await.map_err(|p| StoreProblem(p.to_string()))?;
        let (Some(count), Some(line)) = (reply.counts.first(), request.lines.first()) else {
            continue;
        };
        let standing = count.standing(line);
        entries.push(Entry {
            key: named.key,
            name: named.name.clone(),
            used: count.used(line),
            limit: named.policy.limit(),
            remaining: standing.remaining,
            full_in: standing.full_in(),
            paused_until: count.paused_for().map(|rest| now.timestamp.plus(rest)),
            policy: named.policy.clone(),
        });
    }
    Ok(entries)
}

impl Redis {
    fn change(&self, verb: Verb, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>> {
        let shared = Arc::clone(&self.shared);
        let key = ask.key;
        // A pause and its end change nothing about what is left.
        let outdate = move |shared: &Shared| match verb {
            Verb::Lower => shared.recent.forget(key),
            _ => shared.recent.lift(key),
        };
        outdate(&shared);
        let answer = send(&shared, Arc::new(Request::of(verb, &[*ask], now)));
        Reply::later(async move {
            let reply = answered(answer, &shared).await;
            outdate(&shared);
            reply.map(drop).map_err(|problem| StoreProblem(problem.to_string()))
        })
    }
}
