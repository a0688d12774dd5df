//! Starts environments, and says why one did not start.

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use model::invoke::FunctionErrorKind;
use model::{FunctionError, RequestId};

use super::Version;
use crate::environment::{self, Environment, Initialization};
use crate::function_error;
use crate::logs::Said;
use crate::pool::Member;
use crate::process::Exit;

/// Why an environment failed to initialize.
#[derive(Debug, Clone)]
pub(crate) enum InitFailure {
    /// The process could not be started at all.
    Start(String),
    /// The runtime reported the error itself.
    Reported(Bytes),
    Exited(Exit),
    TimedOut(std::time::Duration),
}

impl InitFailure {
    pub(crate) fn error(&self, request_id: &RequestId) -> FunctionError {
        let payload = match self {
            Self::Start(reason) => function_error::payload("Runtime.StartError", reason),
            Self::Reported(body) => body.clone(),
            Self::Exited(exit) => function_error::exited(request_id, exit),
            Self::TimedOut(limit) => function_error::timed_out(request_id, *limit),
        };
        FunctionError { kind: FunctionErrorKind::InitFailed, payload }
    }

    /// One line for people.
    pub(crate) fn summary(&self, request_id: &RequestId) -> String {
        match self {
            Self::Start(reason) => reason.clone(),
            Self::Reported(body) => function_error::summary(body),
            Self::Exited(exit) => format!("its process ended during init: {}", exit.reason),
            Self::TimedOut(limit) => {
                format!("init took longer than {:.2} seconds ({request_id})", limit.as_secs_f64())
            }
        }
    }
}

impl Version {
    /// Starts as many environments as those who wait need.
    pub(crate) fn start_for_waiting(self: &Arc<Self>) {
        loop {
            let start = self.pool().start(self.now());
            if !start {
                return;
            }
            let version = Arc::clone(self);
            self.spawn(async move {
                // Who waited has been told of a failure.
                let _ = version.start_one(Initialization::OnDemand).await;
            });
        }
    }

    /// Starts as many as are to be kept ready and are not.
    pub(crate) fn start_provisioned(self: &Arc<Self>) {
        loop {
            let start = self.pool().start_provisioned(self.now());
            if !start {
                return;
            }
            let version = Arc::clone(self);
            self.platform.control.spawn(async move {
                // The next sweep tries again; the failure stands in the function's log.
                let _ = version.start_one(Initialization::Provisioned).await;
            });
        }
    }

    /// Starts an environment before anybody asks for one.
    pub(crate) async fn warm_up(self: &Arc<Self>) -> Result<(), InitFailure> {
        let start = self.pool().start_ahead();
        if start { self.start_one(Initialization::OnDemand).await } else { Ok(()) }
    }

    async fn start_one(
        self: &Arc<Self>,
        initialization: Initialization,
    ) -> Result<(), InitFailure> {
        let started = environment::start(self, initialization).await;
        match started {
            Ok(environment) => {
                self.note_start(&environment);
                let tempo = self.pace.tempo(environment.home(), self.platform.processors);
                let released = self.pool().started(environment, tempo, self.now());
                self.stop_released(released);
                Ok(())
            }
            Err(failure) => {
                self.note_failure(&failure);
                let told = self.pool().start_failed(self.now(), fastrand::u64(..));
                for ticket in told {
                    ticket.refuse(failure.clone());
                }
                Err(failure)
            }
        }
    }

    fn note_start(&self, environment: &Environment) {
        self.cells.cold_starts.count();
        if let Some(init) = environment.init() {
            self.cells.init.observe(init);
        }
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn note_failure(&self, failure: &InitFailure) {
        let name = &self.function.name;
        let nobody = RequestId::given("-");
        let text = format!("INIT_REPORT Status: error\t{}", failure.summary(&nobody));
        self.log.push(crate::logs::Record {
            time: self.clock().timestamp(),
            speaker: crate::logs::Speaker::Function,
            function: name.clone(),
            request_id: None,
            said: Said::Platform(text),
        });
        let mut last = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(failure.clone());
    }
}
