//! Sends requests to the store, over the lane of the thread they come from.

use std::slice;
use std::sync::Arc;

use limits::Ask;
use model::{Moment, Now, Timestamp};
use tokio::sync::oneshot;

use super::lane::{self, Job, Outcome};
use super::problem::Problem;
use super::request::{Line, Request, Verb};
use super::shared::Shared;
use super::slots::UnderWay;

/// Nothing when the store is not asked at present.
pub(crate) fn send(
    shared: &Arc<Shared>,
    request: Arc<Request>,
) -> Option<oneshot::Receiver<Outcome>> {
    if request.lines.first().is_none_or(|line| shared.is_open(line.key)) {
        return None;
    }
    let (answer, receiver) = oneshot::channel();
    submit(shared, request, Some(answer), None);
    Some(receiver)
}

/// Has the store charge or give back what nobody waits for.
pub(crate) fn tell(shared: &Arc<Shared>, verb: Verb, lines: Vec<Line>) {
    let request = Arc::new(Request { verb, lines });
    let slots = match verb {
        Verb::Credit => shared.slots.give_back(&request),
        _ => shared.slots.ask(&request),
    };
    submit(shared, request, None, slots);
}

/// Charges or gives back what a debit made at `taken` turned out to cost, here while the store is not asked.
pub(crate) fn amend(shared: &Arc<Shared>, verb: Verb, ask: &Ask<'_>, taken: Now, now: Now) {
    let line = Line { age: now.moment.since(taken.moment), ..Line::of(ask, now) };
    let is_open = shared.is_open(ask.key);
    // Before what is known says so as well: an outage may begin with that.
    if is_open {
        alone(shared, verb, &line, now);
        match verb {
            Verb::Credit => shared.slots.give_back_alone(slice::from_ref(&line)),
            _ => shared.slots.take_alone(slice::from_ref(&line)),
        }
    }
    match verb {
        Verb::Credit => shared.recent.give_back(&line),
        _ => shared.recent.charge(&line),
    }
    if !is_open {
        tell(shared, verb, vec![line]);
    }
}

/// The store will never hear of this job, nor answer.
pub(crate) fn untold(shared: &Shared, job: Job) {
    let now = shared.options.clock.now();
    if let verb @ (Verb::Charge | Verb::Credit) = job.request.verb {
        job.request.lines.iter().for_each(|line| alone(shared, verb, line, now));
    }
    if let Some(slots) = job.slots {
        slots.done();
    }
}

fn alone(shared: &Shared, verb: Verb, line: &Line, now: Now) {
    let age = u64::try_from(line.age.as_nanos()).unwrap_or(u64::MAX);
    let taken = Now {
        moment: Moment(now.moment.0.saturating_sub(age)),
        timestamp: Timestamp(now.timestamp.0.saturating_sub(age / 1_000_000)),
    };
    match verb {
        Verb::Credit => shared.fallback.refund(line, taken, now),
        _ => shared.fallback.charge(line, shared.past(), taken, now),
    }
}

fn submit(
    shared: &Arc<Shared>,
    request: Arc<Request>,
    answer: Option<oneshot::Sender<Outcome>>,
    slots: Option<UnderWay>,
) {
    let seen = request.lines.first().map_or(0, |line| shared.seen(line.key));
    let job = Job { request, answer, slots, seen, since: shared.options.clock.moment() };
    // Whoever waits for a job that is dropped here is told so by its channel.
    if let Some(lane) = lane::mine(shared) {
        let _ = lane.try_send(job);
    }
}

pub(crate) async fn answered(
    answer: Option<oneshot::Receiver<Outcome>>,
    shared: &Shared,
) -> Outcome {
    let unasked =
        || Err(shared.problem().unwrap_or_else(|| Problem::Busy { at: shared.target.at.clone() }));
    match answer {
        Some(answer) => answer.await.unwrap_or_else(|_| unasked()),
        None => unasked(),
    }
}
