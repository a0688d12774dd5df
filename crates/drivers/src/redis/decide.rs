//! Has the store decide what a request asks, or its failure policies where it does not answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use limits::{Answer, Ask, Decision, Reply, Standing, Verdict};
use model::Now;
use tokio::sync::oneshot;

use super::ask::{answered, send, tell};
use super::lane::Outcome;
use super::request::{Line, Request, Verb};
use super::shared::Shared;
use super::slots::{Outcome as SlotsAre, UnderWay};

/// The asks of a request that are decided at one place.
struct Part {
    indexes: Vec<usize>,
    request: Arc<Request>,
    answer: Option<oneshot::Receiver<Outcome>>,
    slots: Option<UnderWay>,
}

impl Part {
    fn of(indexes: Vec<usize>, request: Arc<Request>) -> Self {
        Self { indexes, request, answer: None, slots: None }
    }

    fn send(&mut self, shared: &Arc<Shared>) {
        let takes = self.request.verb == Verb::Decide;
        let slots = if takes { shared.slots.ask(&self.request) } else { None };
        self.answer = send(shared, Arc::clone(&self.request));
        self.slots = slots;
        if self.answer.is_none() {
            self.took(SlotsAre::NotTaken);
        }
    }

    fn took(&mut self, slots: SlotsAre) {
        if let Some(under_way) = self.slots.take() {
            under_way.answered(slots);
        }
    }
}

pub(crate) fn decide(shared: &Arc<Shared>, verb: Verb, asks: &[Ask<'_>], now: Now) -> Answer {
    let mut parts = parts(shared, verb, asks, now);
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
    parts.iter_mut().for_each(|part| part.send(&shared));
    Reply::later(async move { join(&shared, verb, parts, now).await })
}

/// Parts that one call can carry: the whole request, or on a Cluster what lies in one slot.
fn parts(shared: &Shared, verb: Verb, asks: &[Ask<'_>], now: Now) -> Vec<Part> {
    let whole = || (0..asks.len()).collect::<Vec<_>>();
    if !shared.target.is_a_cluster() || asks.len() == 1 {
        let request = Arc::new(Request::of(verb, asks, now));
        return vec![Part::of(whole(), request)];
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
        Part::of(indexes, request)
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
        match &outcome {
            Ok(reply) if reply.is_admitted => part.took(SlotsAre::Taken),
            Ok(_) => part.took(SlotsAre::NotTaken),
            // Nobody knows.
            Err(_) => part.slots = None,
        }
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
            continue;
        }
        for (index, line) in part.indexes.iter().zip(&part.request.lines) {
            let mut standing = decision.standings()[*index];
            standing.remaining = (standing.remaining + line.cost).min(line.policy.limit());
            decision.set(*index, standing);
            shared.recent.give_back(line);
            if !by_store {
                shared.fallback.refund(line, now, now);
            }
        }
        if by_store {
            tell(shared, Verb::Credit, part.request.lines.clone());
        } else {
            shared.slots.give_back_alone(&part.request.lines);
        }
    }
    decision
}

/// By their failure policies.
fn alone(shared: &Shared, verb: Verb, lines: &[Line], now: Now) -> Vec<Standing> {
    if verb == Verb::Peek {
        return shared.fallback.peek(lines, shared.past(), now);
    }
    shared.counters.degraded.fetch_add(1, Ordering::Relaxed);
    let standings = shared.fallback.decide(lines, shared.past(), now);
    if standings.iter().all(|standing| standing.verdict() == Verdict::Admitted) {
        shared.slots.take_alone(lines);
    }
    standings
}
