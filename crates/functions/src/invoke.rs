//! Runs a function for an event: the path of every invocation.

use model::invoke::{InvokeFuture, Outcome};
use model::{FunctionName, Invocation, Invoke, InvokeRefusal, Reply, RequestId};

use crate::environment;
use crate::functions::Functions;
use crate::logs::{Record, Said, Speaker};
use crate::runtime_api::MAX_PAYLOAD;
use crate::version::Refusal;

impl Invoke for Functions {
    fn invoke(&self, invocation: Invocation) -> InvokeFuture<'_> {
        match &self.platform.settings.recorder {
            None => Box::pin(self.run(invocation)),
            Some(recorder) => Box::pin(self.run_recorded(&**recorder, invocation)),
        }
    }

    fn note(&self, function: &FunctionName, request_id: RequestId, text: String) {
        // Of a function that is gone by now, the log is gone, too.
        let lines = self.lines();
        let Some(line) = lines.get(function) else { return };
        line.latest.log.push(Record {
            time: self.platform.settings.clock.timestamp(),
            speaker: Speaker::Function,
            function: function.clone(),
            request_id: Some(request_id),
            said: Said::Platform(text),
        });
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
                Err(Refusal::BackingOff { failure, retry_after }) => {
                    return Err(InvokeRefusal::BackingOff {
                        function: version.function.name.clone(),
                        version: version.number,
                        reason: failure.summary(&invocation.request_id),
                        error: failure.error(&invocation.request_id),
                        retry_after,
                    });
                }
                Err(Refusal::Init(failure)) => {
                    version.cells.errors.count();
                    let outcome = Outcome::Error(failure.error(&invocation.request_id));
                    return Ok(Reply { outcome, version: version.number, log_tail: None });
                }
            }
        }
    }
}
