//! Tasks of the main thread, and which of the two runtimes they are on.
//!
//! The main thread has a runtime of its own: its connections' events would otherwise come through the
//! control thread, which would wake this one for each. What its tasks start, and what they wait for
//! beside connections, belongs to the control runtime all the same.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use wire::{Answer, Body, Peer};

pin_project! {
    /// A future that is polled on this thread as if it were on another runtime.
    pub(crate) struct Aside<F> {
        control: Handle,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Aside<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _inside = this.control.enter();
        this.future.poll(context)
    }
}

pub(crate) fn aside<F: Future>(control: Handle, future: F) -> Aside<F> {
    Aside { control, future }
}

/// A task of this thread that is on the runtime of who starts it. Needs a `LocalSet`.
pub(crate) fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    tokio::task::spawn_local(aside(Handle::current(), future))
}

/// Answers on the control runtime what came over connections of the main thread's.
pub(crate) struct Inside<A> {
    pub(crate) control: Handle,
    pub(crate) answer: A,
}

impl<A: Answer> Answer for Inside<A> {
    async fn answer(&self, request: Request<Body>, peer: &Rc<Peer>) -> Response<Body> {
        aside(self.control.clone(), self.answer.answer(request, peer)).await
    }
}
