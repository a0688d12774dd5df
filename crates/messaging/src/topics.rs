//! All topics of one server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use model::{Account, Arn, Clock, Deliver, RequestId, Subscription, Timestamp, Topic};
use store::{PublicationStore, StoreError};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use crate::topic::{Accepted, Installed, Lane, Mail, Signer, SignerProblem, Urls};

/// Gets the key that signs messages, or makes one. It may take a moment.
pub type SignerSource = Arc<dyn Fn() -> Result<Signer, SignerProblem> + Send + Sync>;

/// What topics are made with.
pub struct TopicSettings {
    pub store: Arc<dyn PublicationStore>,
    pub clock: Arc<dyn Clock>,
    pub account: Account,
    pub seed: u64,
    /// Where clients reach the AWS port: `http://127.0.0.1:4566`.
    pub address: String,
    pub mail: Option<Mail>,
    pub signer: SignerSource,
    /// Where deliveries run that nobody waits for.
    pub runtime: Handle,
}

/// Publishers to a FIFO topic's group wait for each other in one of so many lines.
const LINES: usize = 64;

pub struct Topics {
    settings: TopicSettings,
    urls: Urls,
    random: Mutex<fastrand::Rng>,
    installed: ArcSwap<Installed>,
    accepted: Mutex<Accepted>,
    lanes: Mutex<HashMap<Arn, Lane>>,
    lines: Vec<tokio::sync::Mutex<()>>,
    signer: OnceCell<Arc<Signer>>,
    port: OnceLock<Arc<dyn Deliver>>,
}

impl Topics {
    /// Without topics; see [`Topics::install`] and [`Topics::start`].
    pub fn new(settings: TopicSettings) -> Arc<Self> {
        Arc::new(Self {
            urls: Urls { base: settings.address.trim_end_matches('/').to_owned() },
            random: Mutex::new(fastrand::Rng::with_seed(settings.seed)),
            installed: ArcSwap::default(),
            accepted: Mutex::default(),
            lanes: Mutex::default(),
            lines: (0..LINES).map(|_| tokio::sync::Mutex::default()).collect(),
            signer: OnceCell::new(),
            port: OnceLock::new(),
            settings,
        })
    }

    /// The topics and subscriptions there are from now on. What a subscription that is gone had
    /// yet to get is forgotten.
    pub async fn install(
        &self,
        topics: Vec<Topic>,
        subscriptions: Vec<Subscription>,
    ) -> Result<(), String> {
        let installed = Arc::new(Installed::compile(topics, subscriptions)?);
        let earlier = self.installed.swap(Arc::clone(&installed));
        for gone in installed.gone_since(&earlier) {
            let forgotten = self.settings.store.forget_deliveries(gone.clone()).await;
            forgotten.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Remembers what an earlier process accepted, and goes on with its deliveries. `port` is
    /// how queues and functions are reached. Called once, after what there is was installed.
    pub async fn start(self: &Arc<Self>, port: Arc<dyn Deliver>) -> Result<(), StoreError> {
        // A second call would be a mistake that does no harm.
        let _ = self.port.set(port);
        let since = self.now().minus(crate::topic::WINDOW);
        let known = self.settings.store.accepted_ids(since).await?;
        *self.accepted() = Accepted::of(known);
        for subscription in self.settings.store.awaiting_subscriptions().await? {
            self.wake(&subscription);
        }
        Ok(())
    }

    /// The certificate's file name and text, for who checks signatures.
    pub async fn certificate(&self) -> Result<(String, String), String> {
        let signer = self.signer().await?;
        Ok((signer.file().to_owned(), signer.certificate().to_owned()))
    }

    /// The key, made or read away from the threads that answer requests.
    pub(crate) async fn signer(&self) -> Result<Arc<Signer>, String> {
        let source = Arc::clone(&self.settings.signer);
        let made = self.signer.get_or_try_init(|| async move {
            let made = tokio::task::spawn_blocking(move || source()).await;
            made.map_err(|e| e.to_string())?.map(Arc::new).map_err(|e| e.to_string())
        });
        made.await.map(Arc::clone)
    }

    pub(crate) fn store(&self) -> &dyn PublicationStore {
        &*self.settings.store
    }

    pub(crate) fn account(&self) -> &Account {
        &self.settings.account
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.settings.runtime
    }

    pub(crate) fn mail(&self) -> Option<&Mail> {
        self.settings.mail.as_ref()
    }

    pub(crate) fn port(&self) -> Option<&Arc<dyn Deliver>> {
        self.port.get()
    }

    pub(crate) fn urls(&self) -> &Urls {
        &self.urls
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.settings.clock.timestamp()
    }

    pub(crate) fn installed(&self) -> Arc<Installed> {
        self.installed.load_full()
    }

    pub(crate) fn random(&self) -> u128 {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).u128(..)
    }

    pub(crate) fn new_id(&self) -> String {
        RequestId::from_random(self.random()).as_str().to_owned()
    }

    pub(crate) fn accepted(&self) -> MutexGuard<'_, Accepted> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lanes(&self) -> MutexGuard<'_, HashMap<Arn, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where publishers to a topic, or to one group of it, wait for each other.
    pub(crate) fn line(&self, topic: &Arn, group: Option<&str>) -> &tokio::sync::Mutex<()> {
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((topic, group));
        let at = usize::try_from(hash % LINES as u64).unwrap_or(0);
        &self.lines[at]
    }
}

impl std::fmt::Debug for Topics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Topics").finish_non_exhaustive()
    }
}
