//! One look at an accepted invocation: run it, or hand over what it owes, and note what came of it.

use std::time::Duration;

use bytes::Bytes;
use model::invoke::LogCapture;
use model::{
    Arn, Bound, EventInvokeConfig, Invocation, Invoke, InvokeRefusal, Reply, RequestId, Timestamp,
    TraceContext,
};
use store::{KeptInvocation, Progress, StoreError};
use tracing::warn;

use super::Asynchronous;
use super::decide::{self, Attempt, Condition, Next};
use super::owed::{self, Handed, Parcel};
use super::record::{self, Answer, Outcome};
use crate::{Whole, whole};

/// How long what an invocation owes is offered to a target that cannot take it.
const OFFERED: Duration = Duration::from_hours(6);
/// Before a store that failed is asked again.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What to note in the store.
enum Settled {
    Again(Progress),
    Forget,
    /// The server is stopping: as if it had not been looked at.
    Leave,
}

impl Asynchronous {
    /// Gives when it is due again, if it is.
    pub(super) async fn attend(&self, kept: KeptInvocation) -> Option<Timestamp> {
        let number = kept.number;
        let settled = match &kept.progress.owed {
            Some(owed) => self.offer(&kept, owed).await,
            None => self.run(&kept).await,
        };
        let tally = self.tallies.of(&kept.function);
        let mut again = None;
        let noted = match settled {
            Settled::Leave => return None,
            Settled::Again(progress) => {
                tally.retried.count();
                again = Some(progress.due);
                self.note(|| self.store.postpone_invocation(number, progress.clone())).await
            }
            Settled::Forget => {
                tally.waiting.take(1);
                self.note(|| self.store.forget_invocation(number)).await
            }
        };
        if let Err(error) = noted {
            warn!(%error, "an invocation of {} may run once more than it should", kept.function);
        }
        again
    }

    /// What ran must not run again because the store could not be told at once.
    async fn note<'a>(
        &'a self,
        mut change: impl FnMut() -> store::Pending<'a, ()>,
    ) -> Result<(), StoreError> {
        loop {
            match change().await {
                Err(StoreError::Full { .. }) => tokio::time::sleep(STORE_PAUSE).await,
                noted => return noted,
            }
        }
    }

    async fn run(&self, kept: &KeptInvocation) -> Settled {
        let policy = self.policy(&kept.function, &kept.qualifier);
        let began = self.clock.timestamp();
        if decide::is_too_old(kept.accepted, &policy, began) {
            return self.over(kept, &policy, Condition::EventAgeExceeded, None).await;
        }
        let ran = self.functions.invoke(invocation(kept)).await;
        let (attempt, answer) = match ran {
            Err(InvokeRefusal::Stopping) => return Settled::Leave,
            Err(InvokeRefusal::Throttled { bound: Bound::Function, limit: 0, .. }) => {
                (Attempt::Stopped, None)
            }
            Err(_) => (Attempt::Refused, None),
            Ok(reply) => {
                self.tallies.of(&kept.function).age.observe(began.since(kept.accepted));
                let answer = gathered(reply).await;
                let attempt = if answer.is_error { Attempt::Failed } else { Attempt::Succeeded };
                (attempt, Some(answer))
            }
        };
        let now = self.clock.timestamp();
        match decide::next(kept.accepted, &kept.progress, &policy, attempt, now) {
            Next::Again(progress) => Settled::Again(progress),
            Next::Over(condition) => self.over(kept, &policy, condition, answer).await,
        }
    }

    /// Nothing is run any more; what came of it goes to whom it is owed.
    async fn over(
        &self,
        kept: &KeptInvocation,
        policy: &EventInvokeConfig,
        condition: Condition,
        answer: Option<Answer>,
    ) -> Settled {
        self.tallies.of(&kept.function).over(condition);
        let runs = kept.progress.runs + u32::from(answer.is_some());
        let function_arn = self.arn(kept);
        let at = self.clock.timestamp();
        let outcome =
            Outcome { invocation: kept, function_arn: &function_arn, condition, runs, answer, at };
        let policies = self.policies.load_full();
        let dead_letters = policies.dead_letters.get(&kept.function);
        let parcels = record::parcels(&outcome, policy, dead_letters);
        self.hand_over(kept, parcels, at).await
    }

    async fn offer(&self, kept: &KeptInvocation, owed: &[u8]) -> Settled {
        let Ok(parcels) = owed::read(owed) else {
            warn!("what an invocation of {} owes cannot be read and is dropped", kept.function);
            return Settled::Forget;
        };
        self.hand_over(kept, parcels, self.clock.timestamp()).await
    }

    async fn hand_over(
        &self,
        kept: &KeptInvocation,
        parcels: Vec<Parcel>,
        now: Timestamp,
    ) -> Settled {
        let source = self.arn(kept);
        let Handed { left, lost } = owed::hand_over(parcels, &source, &*self.deliver).await;
        let tally = self.tallies.of(&kept.function);
        tally.undelivered.add(lost as u64);
        if left.is_empty() {
            return Settled::Forget;
        }
        let since = kept.accepted.plus(EventInvokeConfig::MOST_AGE);
        if now >= since.plus(OFFERED) {
            left.iter().for_each(|(parcel, error)| owed::say_lost(parcel, &source, error));
            tally.undelivered.add(left.len() as u64);
            return Settled::Forget;
        }
        let is_first = kept.progress.owed.is_none();
        if is_first {
            left.iter().for_each(|(parcel, error)| owed::say_waiting(parcel, &source, error));
        }
        let refusals = if is_first { 1 } else { kept.progress.refusals + 1 };
        let due = now.plus(decide::after_refusals(refusals));
        let owed = Some(owed::write(left.iter().map(|(parcel, _)| parcel)));
        Settled::Again(Progress { due, refusals, owed, ..kept.progress.clone() })
    }

    /// The function's ARN with its qualifier.
    fn arn(&self, kept: &KeptInvocation) -> Arn {
        let resource = format!("function:{}:{}", kept.function, kept.qualifier);
        self.functions.account().arn("lambda", resource)
    }
}

fn invocation(kept: &KeptInvocation) -> Invocation {
    Invocation {
        function: kept.function.clone(),
        qualifier: kept.qualifier.clone(),
        request_id: RequestId::given(&kept.request_id),
        event: Bytes::copy_from_slice(&kept.event),
        trace: TraceContext::from_amzn(&kept.trace).unwrap_or_else(|| untraced(kept)),
        log: LogCapture::None,
        client: kept.client.as_deref().map(Bytes::copy_from_slice),
    }
}

/// A trace that cannot be read begins anew, the same at each retry.
fn untraced(kept: &KeptInvocation) -> TraceContext {
    TraceContext::start(kept.accepted, u128::from(kept.number))
}

/// Nobody reads along.
async fn gathered(reply: Reply) -> Answer {
    let Whole { payload, is_error, version, .. } = whole(reply).await;
    Answer { version, payload, is_error }
}
