//! Where limits are counted: in this process, or in a store that several servers share.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use drivers::redis::{self, Health, Redis};
use limits::leased::{self, Leased};
use limits::{Limits, Local, Room, Seed};
use model::{Clock, LimitsStore, Stack, SystemClock};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::start::StartError;
use crate::state::State;
use crate::trouble::Trouble;

pub(crate) enum LimitStore {
    Memory(Arc<Local>),
    Shared(Shared),
}

/// Exact where a policy says so or it is cheap, else by permits leased ahead.
pub(crate) struct Shared {
    redis: Arc<Redis>,
    leased: Leased,
    clock: Arc<dyn Clock>,
    lending: Mutex<Option<Lending>>,
}

/// What carries this server's asks for permits to the store.
struct Lending {
    close: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

/// How long a server that shuts down takes to hand permits back: those of a store that does not answer
/// are void soon.
const HAND_BACK: Duration = Duration::from_secs(1);

impl LimitStore {
    /// What the stack names, looked at before anything is served. The runtime that this is awaited in
    /// watches over it.
    pub(crate) async fn open(
        stack: &Stack,
        state: &State,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let Some(store) = &stack.limits_store else {
            let seed = Seed::new([fastrand::u64(..), fastrand::u64(..)]);
            let local = Local::open(&state.counts(), &seed, &Room::DEFAULT, clock)?;
            return Ok(Self::Memory(Arc::new(local)));
        };
        let redis = redis::connect(options(store, Arc::clone(&clock))).await;
        let redis = redis.map_err(|problem| Trouble::from(problem.to_string()))?;
        Ok(Self::Shared(Shared::lease(Arc::new(redis), clock)))
    }

    pub(crate) fn limits(&self) -> Arc<dyn Limits> {
        match self {
            Self::Memory(local) => Arc::clone(local) as Arc<dyn Limits>,
            Self::Shared(shared) => Arc::new(shared.leased.clone()),
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
        let Some(shared) = self.shared() else { return };
        let lending = shared.lending.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Lending { close, ended }) = lending {
            // It has ended by itself if nobody listens.
            let _ = close.send(());
            let _ = tokio::time::timeout(HAND_BACK, ended).await;
        }
    }
}

fn options(store: &LimitsStore, clock: Arc<dyn Clock>) -> redis::Options {
    redis::Options { timeout: store.timeout, ..redis::Options::new(store.url.clone(), clock) }
}

/// Whether a store could be used, and what to know of it. Leaves nothing behind.
pub fn examine_limit_store(store: &LimitsStore) -> Result<redis::Examined, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Trouble::from(error.to_string()))?;
    let examined = runtime.block_on(redis::examine(options(store, Arc::new(SystemClock::start()))));
    examined.map_err(|problem| Trouble::from(problem.to_string()))
}

impl Shared {
    fn lease(redis: Arc<Redis>, clock: Arc<dyn Clock>) -> Self {
        let leased = Leased::new(Arc::clone(&redis) as Arc<dyn Limits>, Arc::clone(&clock));
        let (close, closed) = oneshot::channel();
        let lend = leased::lend(
            leased.clone(),
            Arc::clone(&redis) as Arc<dyn leased::Ledger>,
            Arc::clone(&clock),
            tokio::time::sleep,
            async {
                // A sender that is gone says the same as one that speaks.
                let _ = closed.await;
            },
        );
        let lending = Mutex::new(Some(Lending { close, ended: tokio::spawn(lend) }));
        Self { redis, leased, clock, lending }
    }

    pub(crate) fn health(&self) -> Health {
        self.redis.health()
    }

    /// Permits that this server holds ahead of their use.
    pub(crate) fn leased(&self) -> u64 {
        let leases = self.leased.leases(self.clock.moment());
        leases.iter().map(|lease| u64::from(lease.outstanding)).sum()
    }
}
