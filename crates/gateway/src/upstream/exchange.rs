//! One request on one connection, up to the head of its answer.

use std::pin::pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use hyper::body::Incoming;
use model::UpstreamTimeouts;
use tokio::time::Instant;
use wire::Body;

use super::alarm::Alarm;
use super::error::{UpstreamError, UpstreamErrorKind};
use super::lane::Lane;
use super::upload::Progress;

/// Takes the request out of its place, and puts it back if none of it was sent.
pub(super) async fn exchange(
    lane: &mut Lane,
    request: &mut Option<Request<Body>>,
    progress: Option<&Progress>,
    timeouts: &UpstreamTimeouts,
) -> Result<Response<Incoming>, UpstreamError> {
    let Some(whole) = request.take() else {
        return Err(UpstreamError::new(UpstreamErrorKind::Closed));
    };
    let start = Instant::now();
    let first = match progress {
        Some(_) => timeouts.idle.min(timeouts.response),
        None => timeouts.response,
    };
    lane.alarm.set_at(start + first);
    let mut answer = pin!(lane.send(whole));
    let outcome = std::future::poll_fn(|cx| {
        lane.attend(cx, |lane, cx| {
            lane.drive(cx);
            if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
                return Poll::Ready(Ok(answer));
            }
            if lane.is_over() {
                return Poll::Ready(Err(UpstreamErrorKind::Closed));
            }
            poll_patience(&mut lane.alarm, start, progress, timeouts, cx).map(Err)
        })
    });
    match outcome.await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(mut refused)) => {
            *request = refused.take_message();
            Err(explain(refused.into_error(), progress))
        }
        Err(kind) => Err(UpstreamError::new(kind)),
    }
}

/// While the body goes out, it has to move; once it is out, the answer is awaited.
fn poll_patience(
    alarm: &mut Alarm,
    start: Instant,
    progress: Option<&Progress>,
    timeouts: &UpstreamTimeouts,
    cx: &mut Context<'_>,
) -> Poll<UpstreamErrorKind> {
    loop {
        if alarm.poll(cx).is_pending() {
            return Poll::Pending;
        }
        let (due, kind) = match progress {
            None => (start + timeouts.response, UpstreamErrorKind::ResponseTimeout),
            Some(progress) if progress.is_sent() => {
                (progress.last() + timeouts.response, UpstreamErrorKind::ResponseTimeout)
            }
            Some(progress) => (progress.last() + timeouts.idle, UpstreamErrorKind::IdleTimeout),
        };
        if Instant::now() >= due {
            return Poll::Ready(kind);
        }
        alarm.set_at(due);
    }
}

fn explain(error: hyper::Error, progress: Option<&Progress>) -> UpstreamError {
    let kind = match progress.and_then(Progress::failed) {
        Some(status) => UpstreamErrorKind::RequestBody(status),
        None if error.is_parse() => UpstreamErrorKind::Malformed,
        None => UpstreamErrorKind::Closed,
    };
    UpstreamError::caused(kind, error)
}
