//! A streamed response on its way to the caller.

use std::pin::Pin;
use std::task::{Context, Poll};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use model::FunctionError;
use model::invoke::{ChunkStream, Outcome};
use tokio::time::Sleep;

use super::run::{Ended, Running};
use crate::function_error;
use crate::runtime_api::{Event, Message, StreamFailure};

/// Dropping it before its end leaves the invocation to finish in the background.
pub(super) struct Streaming {
    running: Running,
    deadline: Pin<Box<Sleep>>,
    ended: bool,
    /// Once it has ended.
    log_tail: Option<Bytes>,
    /// The news of the process's end arrived; what it said before may still be underway.
    exited: bool,
}

impl Streaming {
    pub(super) fn new(running: Running) -> Self {
        let deadline = Box::pin(tokio::time::sleep(running.left()));
        Self { running, deadline, ended: false, log_tail: None, exited: false }
    }

    pub(super) fn into_running(self) -> Running {
        self.running
    }

    /// Skips to the end.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        loop {
            match self.poll_piece(cx) {
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(ended)) => return Poll::Ready(ended),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Ended>> {
        if self.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(Ended::TimedOut));
        }
        let Some(environment) = self.running.environment() else { return Poll::Pending };
        while let Poll::Ready(event) = environment.endpoint.poll_event(cx, None) {
            match event {
                Event::Said(Message::StreamChunk(bytes)) => return Poll::Ready(Ok(bytes)),
                Event::Said(Message::StreamEnd(None)) => {
                    return Poll::Ready(Err(Ended::Streamed));
                }
                Event::Said(Message::StreamEnd(Some(failure))) => {
                    return Poll::Ready(Err(failed(failure)));
                }
                _ => {}
            }
        }
        match environment.process.poll_exit(cx) {
            Poll::Ready(exit) if self.exited => Poll::Ready(Err(Ended::Exited(exit))),
            Poll::Ready(_) => {
                self.exited = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

fn failed(StreamFailure { error_type, body }: StreamFailure) -> Ended {
    let document = body.and_then(|body| STANDARD.decode(body).ok());
    let body = match document {
        Some(document) => document.into(),
        None => function_error::payload(&error_type, "the response stream failed midway"),
    };
    Ended::Error { error_type: Some(error_type), body }
}

impl ChunkStream for Streaming {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FunctionError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let ended = match self.poll_piece(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(bytes)) => return Poll::Ready(Some(Ok(bytes))),
            Poll::Ready(Err(ended)) => ended,
        };
        self.ended = true;
        let (outcome, log_tail) = self.running.conclude(ended);
        self.log_tail = log_tail;
        match outcome {
            Outcome::Error(error) => Poll::Ready(Some(Err(error))),
            _ => Poll::Ready(None),
        }
    }

    fn log_tail(mut self: Pin<&mut Self>) -> Option<Bytes> {
        self.log_tail.take()
    }
}
