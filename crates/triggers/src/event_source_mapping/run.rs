//! Runs the function with a batch, and settles the batch by what came of it.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use messaging::Change;
use model::invoke::{LogCapture, Outcome};
use model::{Invocation, InvokeRefusal, Qualifier, Reply, ReplyStream, RequestId, TraceContext};

use super::batch::{Batch, Item};
use super::lane::Lanes;
use super::settle::{self, Answer, NotDone, Settlement};

/// How long a batch whose function can not run now waits at least and at most to try again.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long a lane waits when there is no such function.
const NO_FUNCTION: Duration = Duration::from_secs(5);

/// What became of one attempt.
enum Attempt {
    Answered(Reply),
    TooLarge,
    /// The function can not run now.
    Later(Duration),
    NoFunction(String),
    Stopping,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    AllDone,
    /// Some of its messages come again.
    NotAllDone,
}

impl Lanes {
    /// While the function is throttled the batch stays here, hidden in its queue, so that its
    /// messages' receive counts do not grow; and with it what is carried to the next batches.
    pub(super) async fn run(&self, batch: Batch, carried: &VecDeque<Item>) -> Ran {
        let event = Bytes::from(batch.event());
        loop {
            match self.attempt(event.clone()).await {
                Attempt::Answered(reply) => return self.answered(batch, reply).await,
                Attempt::TooLarge => return self.settle(batch, Answer::Failed).await,
                Attempt::Later(pause) => {
                    self.throttled();
                    let goes_on = self.keep_hidden(&batch, carried, pause).await
                        && !self.rest(pause).await
                        // A whole visibility timeout is the attempt's, however long the pause was.
                        && self.keep_hidden(&batch, carried, Duration::ZERO).await;
                    if !goes_on {
                        return self.give_back(&batch).await;
                    }
                }
                Attempt::NoFunction(reason) => {
                    let mapping = self.mapping.id.as_str();
                    tracing::warn!(mapping, reason, "a mapping has no function to run");
                    let ran = self.give_back(&batch).await;
                    self.rest(NO_FUNCTION).await;
                    return ran;
                }
                Attempt::Stopping => return self.give_back(&batch).await,
            }
        }
    }

    async fn attempt(&self, event: Bytes) -> Attempt {
        let Some(qualifier) = self.qualifier() else {
            return Attempt::NoFunction(format!("{} names no version", self.mapping.function));
        };
        let now = self.ports.clock.timestamp();
        let invocation = Invocation {
            function: self.function.clone(),
            qualifier,
            request_id: RequestId::from_random(fastrand::u128(..)),
            event,
            trace: TraceContext::start(now, fastrand::u128(..)),
            log: LogCapture::None,
            client: None,
        };
        let _under_way = self.tally.in_flight.enter();
        match self.ports.invoke.invoke(invocation).await {
            Ok(reply) => Attempt::Answered(reply),
            Err(
                InvokeRefusal::Throttled { retry_after, .. }
                | InvokeRefusal::BackingOff { retry_after, .. },
            ) => Attempt::Later(retry_after.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)),
            Err(refusal @ (InvokeRefusal::NotFound(_) | InvokeRefusal::NoSuchVersion { .. })) => {
                Attempt::NoFunction(refusal.to_string())
            }
            Err(InvokeRefusal::EventTooLarge { .. }) => Attempt::TooLarge,
            Err(InvokeRefusal::Stopping) => Attempt::Stopping,
        }
    }

    fn qualifier(&self) -> Option<Qualifier> {
        match &self.qualifier {
            None => Some(Qualifier::LATEST),
            Some(text) => Qualifier::parse(text),
        }
    }

    async fn answered(&self, batch: Batch, reply: Reply) -> Ran {
        self.succeeded();
        match reply.outcome {
            Outcome::Payload(payload) => self.settle(batch, Answer::Payload(&payload)).await,
            Outcome::Stream(stream) => match whole(stream).await {
                Some(payload) => self.settle(batch, Answer::Payload(&payload)).await,
                None => self.settle(batch, Answer::Failed).await,
            },
            Outcome::Error(_) => self.settle(batch, Answer::Failed).await,
        }
    }

    /// Deletes what is done. The rest becomes visible when its visibility timeout ends.
    async fn settle(&self, batch: Batch, answer: Answer<'_>) -> Ran {
        let ids: Vec<&str> = batch.items().iter().map(|item| item.id.as_str()).collect();
        self.tally.batches.count();
        self.tally.messages.add(ids.len());
        let settlement = settle::decide(answer, self.mapping.reports_failures, &ids);
        let (function, queue) = (self.function.as_str(), self.queue.as_str());
        if let Settlement::NoneDone(NotDone::Malformed(problem)) = &settlement {
            tracing::warn!(function, queue, problem, "a whole batch comes back");
        }
        if settlement != Settlement::AllDone {
            self.tally.failed.count();
        }
        let done: Vec<&str> = match &settlement {
            Settlement::NoneDone(_) => return Ran::NotAllDone,
            Settlement::AllDone => {
                batch.items().iter().map(|item| item.receipt_handle.as_str()).collect()
            }
            Settlement::AllBut(failures) => {
                let done = batch.items().iter().filter(|item| !failures.contains(&item.id));
                done.map(|item| item.receipt_handle.as_str()).collect()
            }
        };
        match self.ports.queues.delete_batch(&self.queue, &done).await {
            Ok(told) if settlement == Settlement::AllDone && told.iter().all(Result::is_ok) => {
                Ran::AllDone
            }
            Ok(_) => Ran::NotAllDone,
            Err(error) => {
                tracing::warn!(function, queue, %error, "messages that are done will come again");
                Ran::NotAllDone
            }
        }
    }

    /// Hides what this lane has for its visibility timeout after `rest`. False when it is too late for
    /// that for some of the batch.
    async fn keep_hidden(&self, batch: &Batch, carried: &VecDeque<Item>, rest: Duration) -> bool {
        let all = batch.items().iter().chain(carried);
        let hidden = self.hide(all, rest).await;
        // What is carried is looked at again when its turn comes.
        hidden.is_ok_and(|hidden| hidden.iter().take(batch.len()).all(|is_hidden| *is_hidden))
    }

    async fn give_back(&self, batch: &Batch) -> Ran {
        self.release(handles(batch)).await;
        Ran::NotAllDone
    }

    /// Gives messages back at once.
    pub(super) async fn release(&self, handles: Vec<String>) {
        if handles.is_empty() {
            return;
        }
        let show = |receipt_handle| Change { receipt_handle, visibility: Duration::ZERO };
        let changes = handles.into_iter().map(show).collect();
        // What can not be given back comes back by itself.
        let _ = self.ports.queues.change_visibility_batch(&self.queue, changes).await;
    }

    /// True when the mapping stops meanwhile.
    async fn rest(&self, pause: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(pause) => false,
            () = self.stopped() => true,
        }
    }
}

fn handles(batch: &Batch) -> Vec<String> {
    batch.items().iter().map(|item| item.receipt_handle.clone()).collect()
}

/// Nothing when the function failed midway.
async fn whole(mut stream: ReplyStream) -> Option<Bytes> {
    let mut payload = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        payload.extend_from_slice(&chunk.ok()?);
    }
    Some(payload.freeze())
}
