//! Who hears of every invocation, if anybody does.

use std::fmt;
use std::time::Duration;

use model::invoke::{FunctionErrorKind, Outcome};
use model::{Invocation, InvokeRefusal, Reply, RequestId};

use crate::functions::Functions;

/// Called on the path of invocations: quick, and never blocks.
pub trait Recorder: fmt::Debug + Send + Sync {
    /// It is about to run, perhaps not for the first time.
    fn begins(&self, invocation: &Invocation);

    fn ended(&self, request_id: &RequestId, ending: Ending, took: Duration);
}

/// What came of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    Answered,
    /// The function reported an error, or did not start.
    Failed,
    TimedOut,
    Crashed,
    /// It did not run at all.
    Refused,
}

impl Ending {
    fn of(result: &Result<Reply, InvokeRefusal>) -> Self {
        match result {
            Err(_) => Self::Refused,
            Ok(reply) => match &reply.outcome {
                Outcome::Payload(_) | Outcome::Stream(_) => Self::Answered,
                Outcome::Error(error) => match error.kind {
                    FunctionErrorKind::TimedOut => Self::TimedOut,
                    FunctionErrorKind::Crashed => Self::Crashed,
                    FunctionErrorKind::Handled | FunctionErrorKind::InitFailed => Self::Failed,
                },
            },
        }
    }
}

impl Functions {
    /// Runs an invocation and tells of it.
    pub(crate) async fn run_recorded(
        &self,
        recorder: &dyn Recorder,
        invocation: Invocation,
    ) -> Result<Reply, InvokeRefusal> {
        let clock = &self.platform.settings.clock;
        let (request_id, began) = (invocation.request_id.clone(), clock.moment());
        recorder.begins(&invocation);
        let result = self.run(invocation).await;
        recorder.ended(&request_id, Ending::of(&result), clock.moment().since(began));
        result
    }
}
