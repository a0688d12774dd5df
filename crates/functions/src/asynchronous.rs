//! Asynchronous invocations: accepted once they are durable, run when there is room, retried, and
//! their outcomes handed to whom they are owed. Every function has a lane of its own, so that one
//! that is stuck keeps nobody else waiting.

mod attend;
mod decide;
mod lane;
mod owed;
mod record;
mod tally;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use model::{
    Arn, Clock, Deliver, EventInvokeConfig, FunctionName, Invocation, InvokeRefusal, Qualifier,
};
use store::{Backlog, InvocationStore, KeptInvocation, Progress, StoreError};
use tokio::runtime::Handle;

use crate::Functions;
use lane::Lane;
use tally::Tallies;

/// Lambda's bound on an asynchronous invocation's event.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const MAX_EVENT: usize = 1_048_576;

/// What operators have set about asynchronous invocations.
#[derive(Debug, Default)]
pub struct Policies {
    pub configs: HashMap<(FunctionName, Qualifier), EventInvokeConfig>,
    /// A queue or topic for the events of a function that are given up.
    pub dead_letters: HashMap<FunctionName, Arn>,
}

/// Why an event was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    #[error(transparent)]
    Refused(#[from] InvokeRefusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One per server; cheap to share.
pub struct Asynchronous {
    functions: Arc<Functions>,
    store: Arc<dyn InvocationStore + Send + Sync>,
    deliver: Arc<dyn Deliver>,
    clock: Arc<dyn Clock>,
    policies: ArcSwap<Policies>,
    tallies: Tallies,
    /// Runs the lanes.
    control: Handle,
    lanes: Mutex<HashMap<FunctionName, Lane>>,
}

impl Asynchronous {
    /// Call it inside the control runtime. `deliver` takes what invocations owe; it may lead back here.
    pub fn new(
        functions: Arc<Functions>,
        store: Arc<dyn InvocationStore + Send + Sync>,
        deliver: Arc<dyn Deliver>,
    ) -> Arc<Self> {
        let clock = Arc::clone(&functions.platform.settings.clock);
        Arc::new(Self {
            functions,
            store,
            deliver,
            clock,
            policies: ArcSwap::default(),
            tallies: Tallies::default(),
            control: Handle::current(),
            lanes: Mutex::default(),
        })
    }

    /// Goes on with what was accepted before a restart. For the start, once functions are installed.
    pub async fn resume(self: &Arc<Self>) -> Result<(), StoreError> {
        for Backlog { function, count, .. } in self.store.backlogs().await? {
            self.tallies.of(&function).waiting.add(count);
            self.wake(&function);
        }
        Ok(())
    }

    /// Settings hold for what is decided from now on, whenever the event was accepted.
    pub fn set_policies(&self, policies: Policies) {
        self.policies.store(Arc::new(policies));
    }

    /// `Ok` says that the event is durable, and will be run at least once or given up by its policy.
    pub async fn accept(self: &Arc<Self>, invocation: Invocation) -> Result<(), AcceptError> {
        self.functions.find(&invocation.function, &invocation.qualifier)?;
        let actual = invocation.event.len();
        if actual > MAX_EVENT {
            return Err(InvokeRefusal::EventTooLarge { actual, limit: MAX_EVENT }.into());
        }
        let now = self.clock.timestamp();
        let function = invocation.function.clone();
        let kept = KeptInvocation {
            number: 0,
            request_id: invocation.request_id.to_string(),
            function: invocation.function,
            qualifier: invocation.qualifier,
            event: invocation.event.to_vec(),
            client: invocation.client.map(|client| client.to_vec()),
            trace: invocation.trace.to_amzn(),
            accepted: now,
            progress: Progress { due: now, ..Progress::default() },
        };
        self.store.keep_invocation(kept).await?;
        let tally = self.tallies.of(&function);
        tally.accepted.count();
        tally.waiting.add(1);
        self.wake(&function);
        Ok(())
    }

    /// Looks at the clock and the store again, in every lane. It happens every second anyway.
    pub fn look(&self) {
        self.lanes().values().for_each(Lane::wake);
    }

    /// How many events wait, by function.
    pub async fn backlogs(&self) -> Result<Vec<Backlog>, StoreError> {
        self.store.backlogs().await
    }

    /// Begins nothing more; waits for up to `grace` until what came of the runs that were under way is
    /// noted. For after the functions have drained.
    pub async fn close(&self, grace: Duration) {
        let lanes: Vec<Lane> = self.lanes().drain().map(|(_, lane)| lane).collect();
        let ended = async {
            for lane in lanes {
                lane.end().await;
            }
        };
        // What was not noted is run again after the next start.
        let _ = tokio::time::timeout(grace, ended).await;
    }

    /// Prometheus text.
    pub fn metrics(&self) -> String {
        self.tallies.expose()
    }

    fn wake(self: &Arc<Self>, function: &FunctionName) {
        let mut lanes = self.lanes();
        let lane =
            lanes.entry(function.clone()).or_insert_with(|| Lane::begin(self, function.clone()));
        lane.wake();
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<FunctionName, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn policy(&self, function: &FunctionName, qualifier: &Qualifier) -> EventInvokeConfig {
        let policies = self.policies.load();
        let found = policies.configs.get(&(function.clone(), qualifier.clone()));
        let unset = || EventInvokeConfig::new(function.clone(), qualifier.clone());
        found.cloned().unwrap_or_else(unset)
    }
}

impl std::fmt::Debug for Asynchronous {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asynchronous").field("functions", &self.functions).finish_non_exhaustive()
    }
}
