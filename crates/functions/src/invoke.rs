//! Runs a function for an event: the path of every invocation.

use model::invoke::{InvokeFuture, Outcome};
use model::{Invocation, Invoke, InvokeRefusal, Reply};

use crate::environment;
use crate::functions::Functions;
use crate::runtime_api::MAX_PAYLOAD;
use crate::version::Refusal;

impl Invoke for Functions {
    fn invoke(&self, invocation: Invocation) -> InvokeFuture<'_> {
        match &self.platform.settings.recorder {
            None => Box::pin(self.run(invocation)),
            Some(recorder) => Box::pin(self.run_recorded(&**recorder, invocation)),
        }
    }
}

impl Functions {
    pub(crate) async fn run(&self, invocation: Invocation) -> Result<Reply, InvokeRefusal> {
        if invocation.event.len() > MAX_PAYLOAD {
            let actual = invocation.event.len();
            return Err(InvokeRefusal::EventTooLarge { actual, limit: MAX_PAYLOAD });
        }
        loop {
            let found = self.find(&invocation.function, &invocation.qualifier)?;
            let version = found.version;
            let permit = found.ceiling.enter();
            let permit = permit.ok_or_else(|| version.at_ceiling(&found.ceiling))?;
            match version.lease().await {
                Ok(environment) => {
                    return Ok(
                        environment::run(&version, environment, Some(permit), &invocation).await
                    );
                }
                // A new version took its place between the look-up and the lease.
                Err(Refusal::Retired) => {}
                Err(Refusal::Refused(refusal)) => return Err(refusal),
                Err(Refusal::Init(failure)) => {
                    version.cells.errors.count();
                    let outcome = Outcome::Error(failure.error(&invocation.request_id));
                    return Ok(Reply { outcome, version: version.number, log_tail: None });
                }
            }
        }
    }
}
