//! Keeps what the store has counted for the slots of this node: says that the node is there, and corrects
//! what was lost, by a failover or with an answer.

use std::slice;
use std::sync::Arc;

use limits::Key;

use super::in_parts::in_parts;
use super::link::Link;
use super::problem::Problem;
use super::request::{Line, Request, Verb};
use super::shared::Shared;
use super::slots::{Correction, Outcome};

pub(crate) async fn renew(store: &Shared, link: &Link, keys: &[Key]) -> Result<(), Problem> {
    let renewed = |some| renew_some(store, link.clone(), some);
    in_parts(store.parts(), keys, |key| store.band_of(*key), renewed).await
}

async fn renew_some(store: &Shared, mut link: Link, keys: &[Key]) -> Result<(), Problem> {
    match renew_together(store, &mut link, keys).await {
        // One of them may be in the way of the others.
        Err(problem) if problem.may_be_of_one_key() => renew_each(store, &mut link, keys).await,
        renewed => renewed,
    }
}

async fn renew_each(store: &Shared, link: &mut Link, keys: &[Key]) -> Result<(), Problem> {
    for key in keys {
        match renew_together(store, link, slice::from_ref(key)).await {
            Err(problem) if !problem.may_be_of_one_key() => return Err(problem),
            _ => {}
        }
    }
    Ok(())
}

async fn renew_together(store: &Shared, link: &mut Link, keys: &[Key]) -> Result<(), Problem> {
    let patience = store.options.connect_timeout;
    let looks = store.slots.look(keys);
    let renewals: Vec<_> =
        looks.iter().map(|look| one(Verb::Renew, Line { cost: 0, ..look.line.clone() })).collect();
    if renewals.is_empty() {
        return Ok(());
    }
    let replies = store.run(link, renewals.iter(), patience).await?;
    let counted = replies.iter().map(|reply| reply.counts.first().map_or(0, |c| c.of_node()));
    let mut corrections = Vec::new();
    for (look, counted) in looks.iter().zip(counted) {
        if let Some(correction) = store.slots.compare(look, counted) {
            let request = Arc::new(correction.of(&look.line));
            let under_way = store.slots.ask(&request);
            corrections.push((request, under_way));
        }
    }
    if corrections.is_empty() {
        return Ok(());
    }
    store.run(link, corrections.iter().map(|(request, _)| &**request), patience).await?;
    let answered = corrections.into_iter().filter_map(|(_, under_way)| under_way);
    // Whoever holds them is in the books already.
    answered.for_each(|under_way| under_way.answered(Outcome::NotTaken));
    Ok(())
}

impl Correction {
    fn of(self, line: &Line) -> Request {
        match self {
            Self::Take(cost) => one(Verb::Charge, Line { cost, ..line.clone() }),
            Self::GiveBack(cost) => one(Verb::Credit, Line { cost, ..line.clone() }),
        }
    }
}

fn one(verb: Verb, line: Line) -> Request {
    Request { verb, lines: vec![line] }
}
