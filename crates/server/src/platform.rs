//! What exists once per server and outlives every reload.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws::sigv4::AccessKeys;
use functions::{Asynchronous, Functions};
use gateway::access_log::Bounded;
use gateway::{Dependencies, Gateway};
use limits::Limits;
use messaging::{Queues, Topics};
use model::{Clock, Deliver, FindSigner, FunctionName, Invoke, Moment, Now, Stack};
use tokio::sync::Mutex;
use wire::{Admission, Counters, DrainHandle, Tls};

use crate::admin::access::Access;
use crate::caches::Caches;
use crate::deployments::Deployments;
use crate::event::{Event, Reporter};
use crate::keys::Keys;
use crate::limit_store::LimitStore;
use crate::options::Options;
use crate::processes::{Processes, Status};
use crate::recording::Recording;
use crate::resources::Resources;
use crate::seal::Sealing;
use crate::state::Addresses;
use crate::triggers;
use crate::trouble::Trouble;

pub(crate) struct Platform {
    pub(crate) options: Options,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) started: Moment,
    pub(crate) addresses: Addresses,
    pub(crate) functions: Arc<Functions>,
    pub(crate) asynchronous: Arc<Asynchronous>,
    pub(crate) caches: Caches,
    pub(crate) processes: Processes,
    pub(crate) core: Core,
    pub(crate) keys: Arc<Keys>,
    /// Of the AWS port.
    pub(crate) access_keys: Arc<AccessKeys>,
    pub(crate) aws_calls: Arc<aws::Tally>,
    /// Of the admin port.
    pub(crate) access: Access,
    /// `None` serves one manifest.
    pub(crate) deployments: Option<Arc<Deployments>>,
    pub(crate) sealing: Arc<Sealing>,
    pub(crate) resources: Arc<Resources>,
    pub(crate) queues: Arc<Queues>,
    pub(crate) recording: Option<Arc<Recording>>,
    pub(crate) topics: Arc<Topics>,
    pub(crate) triggers: Arc<triggers::Owner>,
    /// What is served now.
    pub(crate) stack: ArcSwap<Stack>,
    /// The same with values in the place of references, some of them secret.
    pub(crate) filled: ArcSwap<Stack>,
    /// What the manifest last asked for, though it may have been refused.
    pub(crate) wanted: ArcSwap<Stack>,
    /// Code that no interpreter can read, as it was said last.
    pub(crate) unreadable: ArcSwap<Vec<functions::Problem>>,
    pub(crate) tls: Option<Arc<Tls>>,
    /// Of connections, by all workers.
    pub(crate) admission: Arc<Admission>,
    /// Of the API's connections, one for each worker.
    pub(crate) counters: Vec<Arc<Counters>>,
    pub(crate) drain: DrainHandle,
    /// One change at a time.
    pub(crate) applying: Mutex<()>,
}

/// What decides about requests.
pub(crate) struct Core {
    pub(crate) limits: Arc<dyn Limits>,
    pub(crate) limit_store: LimitStore,
    pub(crate) gateway: Arc<Gateway>,
}

impl Core {
    /// Pauses go on under limits whose rules were changed.
    pub(crate) async fn carry_pauses(&self, now: Now) -> Result<(), Trouble> {
        let in_force = self.gateway.limits_in_force();
        let carried = self.limits.carry_pauses(&in_force, now).await;
        carried.map_err(|problem| {
            Trouble::from(format!("pauses of limits that were changed do not hold: {problem}"))
        })
    }

    pub(crate) fn new(
        options: &Options,
        clock: Arc<dyn Clock>,
        access_log: Bounded,
        invoke: Arc<dyn Invoke>,
        deliver: Arc<dyn Deliver>,
        signers: Arc<dyn FindSigner>,
        limit_store: LimitStore,
    ) -> Self {
        let limits = limit_store.limits();
        let dependencies = Dependencies {
            invoke,
            deliver,
            signers,
            limits: Arc::clone(&limits),
            clock,
            access_log: Arc::new(access_log),
            workers: options.workers,
        };
        Self { limits, limit_store, gateway: Arc::new(Gateway::new(dependencies)) }
    }
}

impl Platform {
    /// Every program that the platform keeps running, as it stands.
    pub(crate) fn processes(&self) -> Vec<Status> {
        [self.processes.status(), self.caches.status()].concat()
    }

    pub(crate) fn report(&self, event: &Event) {
        self.reporter.report(event);
    }
}

impl Platform {
    /// Keeps what was counted last. For the end, when no request is under way.
    pub(crate) async fn end_usage(&self) {
        if let Err(error) = self.keys.note_usage().await {
            let text = format!("the last usage was not kept: {error}");
            self.report(&Event::from(Trouble::from(text)));
        }
    }
}

impl aws::Catalogue for Platform {
    fn has_function(&self, name: &FunctionName) -> bool {
        self.stack.load().functions.contains_key(name)
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("options", &self.options).finish_non_exhaustive()
    }
}
