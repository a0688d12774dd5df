//! What follows a response: the runtime asks for its next invocation, or is given up.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::Environment;
use crate::version::Version;

/// Returns the environment to its pool as soon as its runtime asks for the next invocation.
pub(super) fn settle(version: &Arc<Version>, mut environment: Box<Environment>) {
    let mut cx = Context::from_waker(Waker::noop());
    // Bootstraps that respond and ask in one write are ready by now.
    if asked(&mut environment, &mut cx).is_ready() {
        return version.release(environment);
    }
    let owned = Arc::clone(version);
    version.spawn(async move {
        let left = environment.lifecycle.left(owned.now());
        let asks = poll_fn(|cx| match asked(&mut environment, cx) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending => environment.process.poll_exit(cx).map(|_| false),
        });
        if tokio::time::timeout(left, asks).await == Ok(true) {
            owned.release(environment);
        } else {
            environment.process.kill();
            owned.lost(environment);
        }
    });
}

fn asked(environment: &mut Environment, cx: &mut Context<'_>) -> Poll<()> {
    loop {
        if environment.endpoint.is_parked() {
            return Poll::Ready(());
        }
        if environment.endpoint.poll_event(cx, None).is_pending() {
            return Poll::Pending;
        }
    }
}
