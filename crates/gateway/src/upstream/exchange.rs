//! One request on one connection, up to the head of its answer.

use std::task::{Context, Poll};

use http::Response;
use model::UpstreamTimeouts;
use tokio::time::Instant;

use super::error::{UpstreamError, UpstreamErrorKind};
use super::lane::{Lane, ReadFault, SendFault};

/// How long an answer may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience<'a> {
    pub(super) timeouts: &'a UpstreamTimeouts,
    /// When nobody waits for an answer any more, whatever the upstream is doing.
    pub(super) deadline: Instant,
}

/// Sends the request that the lane has begun.
pub(super) async fn exchange(
    lane: &mut Lane,
    patience: Patience<'_>,
) -> Result<Response<()>, UpstreamError> {
    let start = Instant::now();
    let timeouts = patience.timeouts;
    let first = match lane.upload() {
        Some(_) => timeouts.idle.min(timeouts.response),
        None => timeouts.response,
    };
    lane.alarm.set_at((start + first).min(patience.deadline));
    std::future::poll_fn(|cx| {
        if let Poll::Ready(Err(SendFault::Body(problem))) = lane.poll_send(cx) {
            let kind = UpstreamErrorKind::RequestBody(problem.status());
            return Poll::Ready(Err(UpstreamError::caused(kind, problem)));
        }
        match lane.poll_head(cx) {
            Poll::Ready(answer) => Poll::Ready(answer.map_err(explain)),
            Poll::Pending => {
                poll_patience(lane, start, patience, cx).map(|kind| Err(UpstreamError::new(kind)))
            }
        }
    })
    .await
}

/// While the body goes out, it has to move; once it is out, the answer is awaited.
fn poll_patience(
    lane: &mut Lane,
    start: Instant,
    patience: Patience<'_>,
    cx: &mut Context<'_>,
) -> Poll<UpstreamErrorKind> {
    let Patience { timeouts, deadline } = patience;
    loop {
        if lane.alarm.poll(cx).is_pending() {
            return Poll::Pending;
        }
        let (due, kind) = match lane.upload() {
            Some(upload) => (upload.last() + timeouts.idle, UpstreamErrorKind::IdleTimeout),
            None => {
                let sent = lane.sent_at().unwrap_or(start);
                (sent + timeouts.response, UpstreamErrorKind::ResponseTimeout)
            }
        };
        let now = Instant::now();
        if now >= due {
            return Poll::Ready(kind);
        }
        if now >= deadline {
            return Poll::Ready(UpstreamErrorKind::Deadline);
        }
        lane.alarm.set_at(due.min(deadline));
    }
}

fn explain(fault: ReadFault) -> UpstreamError {
    match fault {
        ReadFault::Flaw(flaw) => UpstreamError::caused(UpstreamErrorKind::Malformed, flaw),
        fault => UpstreamError::caused(UpstreamErrorKind::Closed, fault),
    }
}
