//! The part of the gateway that all workers share.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use limits::{InForce, Limits, Policy, PolicyProblem, Seed};
use model::{
    ApiKey, ApiName, Clock, Deliver, FindSigner, Invoke, Limit, Stack, UpstreamAddress,
    UsagePlanName,
};
use tokio::sync::Notify;

use crate::access_log::Sink;
use crate::candidates::Candidates;
use crate::limit;
use crate::metrics::Metrics;
use crate::plan::Plan;
use crate::plan::url::FunctionUrls;
use crate::report::LimitReport;
use crate::usage::{Usage, UsageFigure};
use crate::worker::GatewayWorker;

/// What the gateway needs from outside.
#[derive(Clone)]
pub struct Dependencies {
    pub invoke: Arc<dyn Invoke>,
    /// Takes what routes hand over.
    pub deliver: Arc<dyn Deliver>,
    /// Checks requests to function URLs that want them signed.
    pub signers: Arc<dyn FindSigner>,
    pub limits: Arc<dyn Limits>,
    pub clock: Arc<dyn Clock>,
    pub access_log: Arc<dyn Sink>,
    /// How many workers there will be; their counters are laid out in advance.
    pub workers: usize,
}

/// Answers the requests of a stack's APIs. Before a stack is installed, none is found.
pub struct Gateway {
    shared: Arc<Shared>,
    /// What the plan was compiled from.
    from: Mutex<Sources>,
    installed: Notify,
}

#[derive(Default)]
struct Sources {
    stack: Stack,
    urls: FunctionUrls,
    candidates: Candidates,
}

/// What is served at one moment, kept while it is replaced.
#[derive(Clone)]
pub struct Serving(Arc<Plan>);

impl Serving {
    /// Requests that an upstream's address is answering, those of later stacks included as long as
    /// they have it.
    pub fn in_flight(&self, address: &UpstreamAddress) -> u32 {
        self.0.fleet.in_flight(address)
    }
}

pub(crate) struct Shared {
    pub(crate) dependencies: Dependencies,
    pub(crate) plan: ArcSwap<Plan>,
    pub(crate) metrics: Metrics,
    /// Chooses for whom limits are enforced while they are rolled out.
    pub(crate) rollout: Seed,
    pub(crate) usage: Usage,
}

/// Why a stack cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstallError {
    #[error("api `{api}`: {problem}")]
    Limit { api: ApiName, problem: PolicyProblem },
    #[error("usage plan `{plan}`: {problem}")]
    Plan { plan: UsagePlanName, problem: PolicyProblem },
    #[error("route `{route}` of api `{api}` meets {count} limits; a request meets at most {most}")]
    TooManyLimits { api: ApiName, route: String, count: usize, most: usize },
    #[error("route `{route}` of api `{api}` cannot send `{text}` in a header")]
    Header { api: ApiName, route: String, text: String },
    #[error("route `{route}` of api `{api}` cannot answer with status {status}; give 200 to 599")]
    Status { api: ApiName, route: String, status: u16 },
    #[error("api `{api}` cannot allow `{text}` across origins: it does not fit in a header")]
    Cors { api: ApiName, text: String },
    #[error("route `{route}` of api `{api}` {problem}")]
    Sequence { api: ApiName, route: String, problem: String },
    #[error("route `{route}` of api `{api}` {problem}")]
    Validation { api: ApiName, route: String, problem: String },
    #[error("route `{route}` of api `{api}` calls upstream `{upstream}`, which the stack lacks")]
    Upstream { api: ApiName, route: String, upstream: String },
}

impl Gateway {
    pub fn new(dependencies: Dependencies) -> Self {
        let metrics = Metrics::new(dependencies.workers.max(1));
        let plan = ArcSwap::from_pointee(Plan::empty(&metrics));
        let shared = Arc::new(Shared {
            dependencies,
            plan,
            metrics,
            rollout: limit::rollout(),
            usage: Usage::default(),
        });
        Self { shared, from: Mutex::default(), installed: Notify::new() }
    }

    /// Compiles the stack and serves it from the next request on; requests under way end on the
    /// plan they began with. An error leaves the old plan in place.
    pub fn install(&self, stack: &Stack) -> Result<(), InstallError> {
        let mut from = self.from();
        self.serve(stack, &from.urls, &from.candidates)?;
        from.stack = stack.clone();
        Ok(())
    }

    /// Serves these function URLs beside the stack, from the next request on. An error leaves the old
    /// ones in place.
    pub fn install_urls(&self, urls: FunctionUrls) -> Result<(), InstallError> {
        let mut from = self.from();
        self.serve(&from.stack, &urls, &from.candidates)?;
        from.urls = urls;
        Ok(())
    }

    /// Tries these limits out on an API, in place of those that were tried out before, from the next
    /// request on and on later stacks, too. They count, and refuse nobody.
    pub fn try_out(&self, api: &ApiName, limits: Vec<Limit>) -> Result<(), InstallError> {
        let mut from = self.from();
        let candidates = from.candidates.with(api, limits);
        self.serve(&from.stack, &from.urls, &candidates)?;
        from.candidates = candidates;
        Ok(())
    }

    /// What is tried out, beside what the stack declares.
    pub fn tried_out(&self) -> Vec<(ApiName, Limit)> {
        let from = self.from();
        let of = |api| from.candidates.of(api).cloned();
        let apis = from.stack.apis.iter();
        apis.flat_map(|api| of(api).map(|limit| (api.name.clone(), limit))).collect()
    }

    fn serve(
        &self,
        stack: &Stack,
        urls: &FunctionUrls,
        candidates: &Candidates,
    ) -> Result<(), InstallError> {
        let before = self.shared.plan.load_full();
        let plan =
            Plan::compile(&candidates.beside(stack), urls, &self.shared.metrics, Some(&before))?;
        self.shared.plan.store(Arc::new(plan));
        self.installed.notify_one();
        Ok(())
    }

    fn from(&self) -> MutexGuard<'_, Sources> {
        self.from.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn serving(&self) -> Serving {
        Serving(self.shared.plan.load_full())
    }

    /// Whether the stack can be served, found out without serving it.
    pub fn check(&self, stack: &Stack) -> Result<(), InstallError> {
        Plan::compile(stack, &FunctionUrls::default(), &Metrics::new(1), None).map(drop)
    }

    /// Checks the health of upstreams that declare a check, those of a later stack included. Never
    /// ends; run it once, on the control runtime.
    pub async fn watch(&self) {
        loop {
            let fleet = Arc::clone(&self.shared.plan.load().fleet);
            let forever = async {
                fleet.watch().await;
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = forever => {}
                () = self.installed.notified() => {}
            }
        }
    }

    /// The part that stays on one thread; `index` counts from 0 to below `Dependencies::workers`.
    pub fn worker(&self, index: usize) -> GatewayWorker {
        GatewayWorker::new(Arc::clone(&self.shared), index)
    }

    /// Makes these the API keys that open routes, from the next request on.
    pub fn set_keys(&self, keys: &[ApiKey]) {
        self.shared.usage.set_keys(keys);
    }

    /// What was admitted for each key on the last two days that it was used.
    pub fn usage(&self) -> Vec<UsageFigure> {
        self.shared.usage.figures()
    }

    /// Counts on from figures of an earlier process. Figures never go down.
    pub fn restore_usage(&self, figures: &[UsageFigure]) {
        self.shared.usage.restore(figures);
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// What each limit did, with at most so many of the keys it denied.
    pub fn limits(&self, keys: usize) -> Vec<LimitReport> {
        self.shared.metrics.limits(keys)
    }

    /// The limits that requests meet now, those that are tried out included.
    pub fn limits_in_force(&self) -> InForce {
        self.shared.plan.load().policies().cloned().collect()
    }

    /// Those of them that usage plans add, each with the key of the route that it is for, if it is for one
    /// alone.
    pub fn limits_of_plans(&self) -> Vec<(Policy, Option<String>)> {
        let plan = self.shared.plan.load();
        let all = plan.usage_plans.limits();
        all.map(|(policy, route)| (policy.clone(), route.map(str::to_owned))).collect()
    }

    /// All workers' counters, merged, as Prometheus text.
    pub fn metrics(&self) -> String {
        let mut text = self.shared.metrics.render();
        crate::metrics::gates(&mut text, self.shared.plan.load().fleet.gates());
        text
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").finish_non_exhaustive()
    }
}
