//! A request body on its way to an upstream.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::StatusCode;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::Instant;
use wire::{Body, BodyError};

/// How far a body has come, for whoever waits for the answer.
#[derive(Debug)]
pub(super) struct Progress {
    last: Cell<Instant>,
    sent: Cell<bool>,
    failed: Cell<Option<StatusCode>>,
}

impl Progress {
    /// When the body last moved.
    pub(super) fn last(&self) -> Instant {
        self.last.get()
    }

    pub(super) fn is_sent(&self) -> bool {
        self.sent.get()
    }

    /// What the client is told about its body.
    pub(super) fn failed(&self) -> Option<StatusCode> {
        self.failed.get()
    }
}

struct Upload {
    body: Body,
    progress: Rc<Progress>,
}

/// Watches a body. `None` when there is nothing to send.
pub(super) fn watch(body: &mut Body) -> Option<Rc<Progress>> {
    if body.is_end_stream() {
        return None;
    }
    let progress = Rc::new(Progress {
        last: Cell::new(Instant::now()),
        sent: Cell::new(false),
        failed: Cell::new(None),
    });
    let upload = Upload { body: std::mem::take(body), progress: Rc::clone(&progress) };
    *body = Body::wrap(upload);
    Some(progress)
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let upload = self.get_mut();
        let frame = ready!(Pin::new(&mut upload.body).poll_frame(cx));
        upload.progress.last.set(Instant::now());
        match &frame {
            Some(Ok(_)) => upload.progress.sent.set(upload.body.is_end_stream()),
            Some(Err(problem)) => upload.progress.failed.set(Some(problem.status())),
            None => upload.progress.sent.set(true),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
