//! The contract of the limit engine, kept by a store.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use limits::{
    Answer, Ask, Decision, Entry, Limits, Look, Reply, Seed, Standing, StoreProblem, Verdict,
};
use model::{Now, Timestamp};
use tokio::sync::oneshot;

use super::lane::{self, Job, Outcome};
use super::problem::Problem;
use super::request::{Line, Request, Verb};
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
        self.name(&[*ask]);
        self.change(Verb::Pause(until), ask, now)
    }

    fn resume(&self, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.change(Verb::Resume, ask, now)
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
    /// Keeps what the keys stand for that this node has not seen lately.
    fn name(&self, asks: &[Ask<'_>]) {
        for ask in asks.iter().filter(|ask| ask.name.is_some()) {
            if self.shared.recent.of(ask.key).is_none() {
                self.shared.names.see(ask);
            }
        }
    }

    /// A change that nobody waits for.
    fn amend(&self, verb: Verb, ask: &Ask<'_>, cost: u64, taken: Now, now: Now) {
        let shared = &self.shared;
        let line = Line::of(&ask.cost(cost), now);
        let line = Line { age: now.moment.since(taken.moment), ..line };
        shared.recent.forget(ask.key);
        shared.hold(&line, |held| match verb {
            Verb::Credit => held.saturating_sub(cost),
            _ => held.saturating_add(cost),
        });
        if shared.is_open(ask.key) {
            if verb == Verb::Credit {
                shared.fallback.refund(&line, taken, now);
            }
            return;
        }
        submit(shared, Arc::new(Request { verb, lines: vec![line] }), None);
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

/// The asks of a request that are decided at one place.
struct Part {
    indexes: Vec<usize>,
    request: Arc<Request>,
    answer: Option<oneshot::Receiver<Outcome>>,
}

fn decide(shared: &Arc<Shared>, verb: Verb, asks: &[Ask<'_>], now: Now) -> Answer {
    let parts = parts(shared, verb, asks, now);
    let shared = Arc::clone(shared);
    if parts.iter().all(|part| shared.is_open(part.request.lines[0].key)) {
        let lines: Vec<_> = parts.iter().flat_map(|part| part.request.lines.clone()).collect();
        let order: Vec<_> = parts.iter().flat_map(|part| part.indexes.clone()).collect();
        let standings = alone(&shared, verb, &lines, now);
        let at = |index: usize| order.iter().position(|of| *of == index);
        return Reply::Now(Decision::with(order.len(), |index| {
            at(index).map(|at| standings[at]).unwrap_or_default()
        }));
    }
    let parts: Vec<_> = parts
        .into_iter()
        .map(|part| Part { answer: send(&shared, Arc::clone(&part.request)), ..part })
        .collect();
    Reply::later(async move { join(&shared, verb, parts, now).await })
}

/// Parts that one call can carry: the whole request, or on a Cluster what lies in one slot.
fn parts(shared: &Shared, verb: Verb, asks: &[Ask<'_>], now: Now) -> Vec<Part> {
    let whole = || (0..asks.len()).collect::<Vec<_>>();
    if !shared.target.is_a_cluster() || asks.len() == 1 {
        let request = Arc::new(Request::of(verb, asks, now));
        return vec![Part { indexes: whole(), request, answer: None }];
    }
    let mut parts: Vec<(u16, Vec<usize>, Vec<Line>)> = Vec::new();
    for (index, ask) in asks.iter().enumerate() {
        let slot = shared.names_in_store.slot(ask.key);
        let line = Line::of(ask, now);
        match parts.iter_mut().find(|(of, ..)| *of == slot) {
            Some((_, indexes, lines)) => {
                indexes.push(index);
                lines.push(line);
            }
            None => parts.push((slot, vec![index], vec![line])),
        }
    }
    let part = |(_, indexes, lines)| {
        let request = Arc::new(Request { verb, lines });
        Part { indexes, request, answer: None }
    };
    parts.into_iter().map(part).collect()
}

/// Puts the parts of a decision together. When one denies, what the others debited is given back.
async fn join(shared: &Arc<Shared>, verb: Verb, parts: Vec<Part>, now: Now) -> Decision {
    let count = parts.iter().map(|part| part.indexes.len()).sum();
    let mut decision = Decision::with(count, |_| Standing::default());
    let mut done = Vec::with_capacity(parts.len());
    for mut part in parts {
        let outcome = answered(part.answer.take(), shared).await;
        let lines = &part.request.lines;
        let (standings, by_store) = match &outcome {
            Ok(reply) => {
                shared.counters.asked.fetch_add(1, Ordering::Relaxed);
                let counts = reply.counts.iter().zip(lines);
                let standings: Vec<_> = counts.map(|(count, line)| count.standing(line)).collect();
                for (line, standing) in lines.iter().zip(&standings) {
                    shared.recent.learn(line, *standing, now.moment);
                }
                (standings, true)
            }
            Err(_) => (alone(shared, verb, lines, now), false),
        };
        for (index, standing) in part.indexes.iter().zip(&standings) {
            decision.set(*index, *standing);
        }
        let is_debited = verb == Verb::Decide && !standings.iter().any(Standing::is_violated);
        done.push((part, is_debited, by_store));
    }
    let is_allowed = decision.is_allowed();
    for (part, _, by_store) in done.into_iter().filter(|(_, is_debited, _)| *is_debited) {
        if is_allowed {
            part.request.lines.iter().for_each(|line| shared.hold(line, |held| held + line.cost));
            continue;
        }
        for (index, line) in part.indexes.iter().zip(&part.request.lines) {
            let mut standing = decision.standings()[*index];
            standing.remaining = (standing.remaining + line.cost).min(line.policy.limit());
            decision.set(*index, standing);
            shared.recent.forget(line.key);
            if !by_store {
                shared.fallback.refund(line, now, now);
            }
        }
        if by_store {
            let lines = part.request.lines.clone();
            submit(shared, Arc::new(Request { verb: Verb::Credit, lines }), None);
        }
    }
    decision
}

/// By their failure policies.
fn alone(shared: &Shared, verb: Verb, lines: &[Line], now: Now) -> Vec<Standing> {
    if verb == Verb::Peek {
        return shared.fallback.peek(lines, &shared.recent, now);
    }
    shared.counters.degraded.fetch_add(1, Ordering::Relaxed);
    let standings = shared.fallback.decide(lines, &shared.recent, now);
    if standings.iter().all(|standing| standing.verdict() == Verdict::Admitted) {
        lines.iter().for_each(|line| shared.hold(line, |held| held + line.cost));
    }
    standings
}

/// Nothing when the store is not asked at present.
pub(crate) fn send(
    shared: &Arc<Shared>,
    request: Arc<Request>,
) -> Option<oneshot::Receiver<Outcome>> {
    if request.lines.first().is_none_or(|line| shared.is_open(line.key)) {
        return None;
    }
    let (answer, receiver) = oneshot::channel();
    submit(shared, request, Some(answer));
    Some(receiver)
}

fn submit(shared: &Arc<Shared>, request: Arc<Request>, answer: Option<oneshot::Sender<Outcome>>) {
    let seen = request.lines.first().map_or(0, |line| shared.seen(line.key));
    let job = Job { request, answer, seen };
    // Whoever waits for a job that is dropped here is told so by its channel.
    if let Some(lane) = lane::mine(shared) {
        let _ = lane.try_send(job);
    }
}

pub(crate) async fn answered(
    answer: Option<oneshot::Receiver<Outcome>>,
    shared: &Shared,
) -> Outcome {
    let busy = || Problem::Busy { at: shared.target.at.clone() };
    match answer {
        Some(answer) => answer.await.unwrap_or_else(|_| Err(busy())),
        None => Err(busy()),
    }
}
