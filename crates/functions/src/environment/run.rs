//! Runs one invocation in a leased environment.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use model::invoke::FunctionErrorKind;
use model::invoke::{LogCapture, Outcome};
use model::{FunctionError, Invocation, Qualifier, Reply, ReplyStream, RequestId};

use super::Environment;
use super::settle::settle;
use super::stream::Streaming;
use crate::ceiling::Permit;
use crate::function_error;
use crate::logs::{Report, Said, rfc3339};
use crate::process::Exit;
use crate::runtime_api::{Delivery, Event, Message};
use crate::version::Version;

/// An invocation that takes this long may need a processor that does not answer requests besides.
const LONG: Duration = Duration::from_millis(25);

/// Sends the invocation and waits for what comes of it. Dropping the future leaves the invocation
/// to finish in the background.
pub(crate) async fn run(
    version: &Arc<Version>,
    environment: Box<Environment>,
    permit: Option<Permit>,
    invocation: &Invocation,
) -> Reply {
    let mut running = Running::begin(version, environment, permit, invocation);
    match running.ended().await {
        Ended::Stream { content_type } => {
            running.run_anywhere();
            let chunks = Box::pin(Streaming::new(running));
            let outcome = Outcome::Stream(ReplyStream::new(content_type, chunks));
            Reply { outcome, version: version.number, log_tail: None }
        }
        ended => {
            let (outcome, log_tail) = running.conclude(ended);
            Reply { outcome, version: version.number, log_tail }
        }
    }
}

/// An invocation in flight, and the environment that serves it.
#[derive(Debug)]
pub(super) struct Running {
    version: Arc<Version>,
    /// Taken when the invocation is over.
    environment: Option<Box<Environment>>,
    /// Of the function's ceiling, for as long as it runs.
    permit: Option<Permit>,
    request_id: RequestId,
    /// Nobody waits for the outcome.
    background: bool,
}

/// What came of an invocation.
#[derive(Debug)]
pub(super) enum Ended {
    Payload(Bytes),
    Stream {
        content_type: Option<String>,
    },
    /// A streamed response is complete.
    Streamed,
    Error {
        error_type: Option<String>,
        body: Bytes,
    },
    TooLarge,
    Exited(Exit),
    TimedOut,
}

impl Running {
    fn begin(
        version: &Arc<Version>,
        mut environment: Box<Environment>,
        permit: Option<Permit>,
        invocation: &Invocation,
    ) -> Self {
        let timeout = version.function.timeout;
        environment.lifecycle.begin(version.now(), timeout);
        let wants_tail = invocation.log == LogCapture::Tail;
        environment.output.begin(&invocation.request_id, version.number, wants_tail);
        environment.endpoint.deliver(&Delivery {
            request_id: &invocation.request_id,
            deadline: version.clock().timestamp().plus(timeout).0,
            function_arn: &version.arn,
            qualifier: Some(&invocation.qualifier).filter(|given| **given != Qualifier::LATEST),
            trace: invocation.trace,
            client: invocation.client.as_deref(),
            event: &invocation.event,
        });
        Self {
            version: Arc::clone(version),
            environment: Some(environment),
            permit,
            request_id: invocation.request_id.clone(),
            background: false,
        }
    }

    /// Cancel safe: all state is in `self`.
    async fn ended(&mut self) -> Ended {
        if self.environment.as_ref().is_some_and(|found| found.placement.is_bound()) {
            let short = self.left().min(LONG);
            if let Ok(ended) = tokio::time::timeout(short, self.answered()).await {
                return ended;
            }
            self.run_anywhere();
        }
        let left = self.left();
        tokio::time::timeout(left, self.answered()).await.unwrap_or(Ended::TimedOut)
    }

    fn run_anywhere(&mut self) {
        if let Some(environment) = &mut self.environment {
            environment.run_anywhere();
        }
    }

    pub(super) fn left(&self) -> Duration {
        let now = self.version.now();
        self.environment.as_ref().map_or(Duration::ZERO, |found| found.lifecycle.left(now))
    }

    async fn answered(&mut self) -> Ended {
        let mut exited = false;
        loop {
            let ended = poll_fn(|cx| self.poll_answered(cx)).await;
            // What a process said before it ended may arrive after the news of its end.
            if matches!(ended, Ended::Exited(_)) && !exited {
                exited = true;
                tokio::task::yield_now().await;
                continue;
            }
            return ended;
        }
    }

    fn poll_answered(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        let Some(environment) = &mut self.environment else { return Poll::Pending };
        let current = Some(self.request_id.as_str());
        while let Poll::Ready(event) = environment.endpoint.poll_event(cx, current) {
            let Event::Said(message) = event else { continue };
            return Poll::Ready(match message {
                Message::Response(body) => Ended::Payload(body),
                Message::StreamStart { content_type } => Ended::Stream { content_type },
                Message::Error { error_type, body } => Ended::Error { error_type, body },
                Message::TooLarge => Ended::TooLarge,
                _ => continue,
            });
        }
        environment.process.poll_exit(cx).map(Ended::Exited)
    }

    /// The environment while the invocation runs.
    pub(super) fn environment(&mut self) -> Option<&mut Environment> {
        self.environment.as_deref_mut()
    }

    /// Records the outcome and lets the environment go where it belongs.
    pub(super) fn conclude(&mut self, ended: Ended) -> (Outcome, Option<Bytes>) {
        let Some(mut environment) = self.environment.take() else {
            return (Outcome::Payload(Bytes::new()), None);
        };
        self.permit = None;
        let (outcome, status, died) = self.judge(ended);
        let said = self.report(&mut environment, status);
        let told = died.iter().cloned().map(Said::Platform).chain([said]);
        let tail = environment.output.end(told).map(Bytes::from);
        if died.is_some() {
            environment.process.kill();
            self.version.lost(environment);
        } else {
            settle(&self.version, environment);
        }
        (outcome, tail)
    }

    fn report(&self, environment: &mut Environment, status: Option<&'static str>) -> Said {
        let now = self.version.now();
        let duration = environment.lifecycle.elapsed(now);
        let memory = environment.memory_peak(now);
        let cells = &self.version.cells;
        cells.duration.observe(duration);
        self.version.pace.observe(duration);
        cells.memory.store(memory, std::sync::atomic::Ordering::Relaxed);
        match status {
            None => cells.invocations.count(),
            Some(_) => cells.errors.count(),
        }
        Said::Report(Report {
            duration,
            init: environment.lifecycle.take_init(),
            memory_size: self.version.function.memory.0 >> 20,
            max_memory_used: memory.div_ceil(1 << 20),
            status,
        })
    }

    /// The outcome, its status in the report, and the platform's words if the environment died.
    fn judge(&self, ended: Ended) -> (Outcome, Option<&'static str>, Option<String>) {
        let id = &self.request_id;
        let error = |kind, payload| Outcome::Error(FunctionError { kind, payload });
        match ended {
            Ended::Payload(body) => (Outcome::Payload(body), None, None),
            Ended::Streamed | Ended::Stream { .. } => (Outcome::Payload(Bytes::new()), None, None),
            Ended::Error { error_type, body } => {
                let payload = if body.is_empty() {
                    function_error::payload(error_type.as_deref().unwrap_or("Unhandled"), "")
                } else {
                    body
                };
                (error(FunctionErrorKind::Handled, payload), Some("error"), None)
            }
            Ended::TooLarge => {
                let payload = function_error::too_large();
                (error(FunctionErrorKind::Handled, payload), Some("error"), None)
            }
            Ended::Exited(exit) => {
                let payload = function_error::exited(id, &exit);
                let told = function_error::summary(&payload);
                (error(FunctionErrorKind::Crashed, payload), Some("error"), Some(told))
            }
            Ended::TimedOut => {
                self.version.cells.timeouts.count();
                let limit = self.version.function.timeout;
                let payload = function_error::timed_out(id, limit);
                let told = format!(
                    "{} {id} Task timed out after {:.2} seconds",
                    rfc3339(self.version.clock().timestamp()),
                    limit.as_secs_f64()
                );
                (error(FunctionErrorKind::TimedOut, payload), Some("timeout"), Some(told))
            }
        }
    }

    /// Lets the invocation end with nobody listening.
    async fn finish(mut self) {
        let mut ended = self.ended().await;
        if let Ended::Stream { .. } = ended {
            let mut streaming = Streaming::new(self);
            ended = poll_fn(|cx| streaming.poll_end(cx)).await;
            self = streaming.into_running();
        }
        self.conclude(ended);
    }

    /// The same invocation, without the caller.
    fn take(&mut self) -> Option<Self> {
        let environment = self.environment.take()?;
        Some(Self {
            version: Arc::clone(&self.version),
            environment: Some(environment),
            permit: self.permit.take(),
            request_id: self.request_id.clone(),
            background: true,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let was_background = self.background;
        let Some(rest) = self.take() else { return };
        if was_background {
            // The runtime is shutting down: nothing can finish any more.
            let mut rest = rest;
            if let Some(environment) = rest.environment.take() {
                environment.process.kill();
                rest.version.lost_at_shutdown(environment);
            }
            return;
        }
        self.version.spawn(rest.finish());
    }
}
