//! Sends requests to the store, over the lane of the thread they come from.

use std::sync::Arc;

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

fn submit(
    shared: &Arc<Shared>,
    request: Arc<Request>,
    answer: Option<oneshot::Sender<Outcome>>,
    slots: Option<UnderWay>,
) {
    let seen = request.lines.first().map_or(0, |line| shared.seen(line.key));
    let job = Job { request, answer, slots, seen };
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
