//! Where limits are counted: in this process, or in a store that several servers share.

mod shared;

use std::sync::Arc;

use drivers::redis;
use limits::{Limits, Local, Room, Seed};
use model::{Action, Clock, FailurePolicy, LimitsStore, Stack, SystemClock};

use crate::start::StartError;
use crate::state::State;
use crate::trouble::Trouble;
pub(crate) use shared::Shared;

pub(crate) enum LimitStore {
    Memory(Arc<Local>),
    Shared(Arc<Shared>),
}

impl LimitStore {
    /// What the stack names, looked at before anything is served, and what people should know about it.
    /// The runtime that this is awaited in watches over it.
    pub(crate) async fn open(
        stack: &Stack,
        state: &State,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Option<String>), StartError> {
        let Some(store) = &stack.limits_store else {
            let seed = Seed::new([fastrand::u64(..), fastrand::u64(..)]);
            let local = Local::open(&state.counts(), &seed, &Room::DEFAULT, clock)?;
            return Ok((Self::Memory(Arc::new(local)), None));
        };
        let options = options(store, clock);
        match redis::connect(options.clone()).await {
            Ok(redis) => Ok((Self::Shared(Shared::of(redis, options.clock)), None)),
            Err(problem) if problem.may_pass() => {
                let note = note(stack, store, &problem);
                Ok((Self::Shared(Shared::awaited(options, problem)), Some(note)))
            }
            Err(problem) => Err(Trouble::from(problem.to_string()).into()),
        }
    }

    pub(crate) fn limits(&self) -> Arc<dyn Limits> {
        match self {
            Self::Memory(local) => Arc::clone(local) as Arc<dyn Limits>,
            Self::Shared(shared) => Arc::clone(shared) as Arc<dyn Limits>,
        }
    }

    /// This process's own table, if it counts in memory.
    pub(crate) fn memory(&self) -> Option<&Arc<Local>> {
        match self {
            Self::Memory(local) => Some(local),
            Self::Shared(_) => None,
        }
    }

    pub(crate) fn shared(&self) -> Option<&Shared> {
        match self {
            Self::Memory(_) => None,
            Self::Shared(shared) => Some(shared),
        }
    }

    /// Hands back what was leased and not used.
    pub(crate) async fn close(&self) {
        if let Some(shared) = self.shared() {
            shared.close().await;
        }
    }
}

fn options(store: &LimitsStore, clock: Arc<dyn Clock>) -> redis::Options {
    let LimitsStore { url, timeout, min_share, namespace } = store.clone();
    let mut options = redis::Options::new(url, clock);
    if let Some(namespace) = namespace {
        // One rule of an ACL covers all of them.
        options.namespace = format!("{}:{namespace}", options.namespace);
    }
    redis::Options { timeout, min_share, ..options }
}

/// What a server does that starts without its store.
fn note(stack: &Stack, store: &LimitsStore, problem: &redis::Problem) -> String {
    let routes = stack.apis.iter().flat_map(|api| api.routes.iter().map(|route| &route.limits));
    let apis = stack.apis.iter().map(|api| &api.limits);
    let mut policies = apis.chain(routes).flatten().filter_map(|limit| {
        matches!(limit.action, Action::Enforce { .. }).then_some(limit.on_store_failure)
    });
    let are_shared = policies.any(|policy| policy == FailurePolicy::Share);
    let share = match store.min_share {
        _ if !are_shared => String::new(),
        Some(percent) => {
            // A part is that of a whole number of servers.
            let servers = 100_u8.div_ceil(percent.max(1));
            format!("; `share` admits {}% of a limit", 100 / servers)
        }
        None => {
            "; `share` admits nothing, unless `limits_store.min_share` says how much".to_owned()
        }
    };
    format!("{problem}; until it answers, each limit's `on_store_failure` decides{share}")
}

/// Whether a store could be used, and what to know of it. Leaves nothing behind.
pub fn examine_limit_store(store: &LimitsStore) -> Result<redis::Examined, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Trouble::from(error.to_string()))?;
    let examined = runtime.block_on(redis::examine(options(store, Arc::new(SystemClock::start()))));
    examined.map_err(|problem| Trouble::from(problem.to_string()))
}
