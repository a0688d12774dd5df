//! API keys of a running server: what the manifest declares and what operators do, made durable
//! first and pushed to the gateway then.

mod act;
mod reconcile;
mod usage;

use std::collections::BTreeSet;
use std::sync::Arc;

use gateway::Gateway;
use model::{ApiKey, ApiKeyId, ApiKeyName, Clock, KeyText, Stack, UsagePlanName};
use rustix::rand::{GetRandomFlags, getrandom};
use store::{AuditLine, KeyChange, Store, StoreError};
use tokio::sync::Mutex;

use crate::resources::Undeclared;
use crate::trouble::Trouble;

pub(crate) use act::{Made, Wanted};
pub(crate) use usage::{Noted, Quota, UsageReport, keep_noting};

/// Who changes something on the running server.
pub(crate) const OPERATOR: &str = "admin";
const MANIFEST: &str = "manifest";

pub(crate) struct Keys {
    store: Arc<dyn Store>,
    gateway: Arc<Gateway>,
    clock: Arc<dyn Clock>,
    /// Whether quotas are counted by this server alone. What a store counts is of others, too, and is
    /// there when this server has just begun.
    counts_alone: bool,
    /// As the store has them; held while they change, never by a request.
    kept: Mutex<Vec<ApiKey>>,
    noted: Mutex<Noted>,
    /// What no readable stack declares, and one that cannot be read may: it stays as it is.
    held: Mutex<BTreeSet<ApiKeyName>>,
}

/// Why a key was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("there is no API key `{0}`")]
    Unknown(String),
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Adjust(#[from] gateway::AdjustError),
    #[error("this machine gives no random numbers: {0}")]
    Random(std::io::Error),
}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken { what: "key value", value } => {
                Self::Refused(format!("another key has this value already ({value})"))
            }
            StoreError::Taken { what, value } => {
                Self::Refused(format!("the {what} `{value}` is taken"))
            }
            other => Self::Store(other),
        }
    }
}

impl From<KeyError> for Trouble {
    fn from(error: KeyError) -> Self {
        Self::from(error.to_string())
    }
}

impl Keys {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        gateway: Arc<Gateway>,
        clock: Arc<dyn Clock>,
        counts_alone: bool,
    ) -> Self {
        let (kept, noted, held) = Default::default();
        Self { store, gateway, clock, counts_alone, kept, noted, held }
    }

    /// Reads what was kept and makes it hold. For the start, after the stack was installed.
    pub(crate) async fn begin(
        &self,
        stack: &Stack,
        undeclared: Undeclared,
    ) -> Result<(), KeyError> {
        let kept = self.store.api_keys().await?;
        if undeclared == Undeclared::Held {
            let names = kept.iter().map(|key| key.name.clone());
            *self.held.lock().await = names.filter(|it| !stack.keys.contains_key(it)).collect();
        }
        *self.kept.lock().await = kept;
        self.apply(stack).await?;
        self.restore_usage(stack).await
    }

    /// What people should know about keys that open nothing yet.
    pub(crate) async fn without_value(&self) -> Vec<String> {
        let kept = self.kept.lock().await;
        let bare = kept.iter().filter(|key| key.values.is_empty());
        bare.map(|key| {
            format!("key {0}: has no value yet; `tidegate keys rotate {0}` makes one", key.name)
        })
        .collect()
    }

    /// Makes the manifest's keys those that it declares. Nothing changes on an error.
    pub(crate) async fn apply(&self, stack: &Stack) -> Result<(), KeyError> {
        let mut kept = self.kept.lock().await;
        let held = self.held.lock().await;
        let now = self.clock.timestamp();
        let changes = reconcile::changes(&stack.keys, &kept, &held, now)?;
        self.change(&mut kept, changes).await
    }

    /// From the next [`apply`](Self::apply) on, what was held goes unless it is declared. Gives whether
    /// anything was.
    pub(crate) async fn release(&self) -> bool {
        !std::mem::take(&mut *self.held.lock().await).is_empty()
    }

    /// What would be refused, found out without changing anything.
    pub(crate) async fn check(&self, stack: &Stack) -> Result<(), KeyError> {
        let kept = self.kept.lock().await;
        let held = self.held.lock().await;
        let now = self.clock.timestamp();
        reconcile::changes(&stack.keys, &kept, &held, now).map(drop)
    }

    pub(crate) async fn all(&self) -> Vec<ApiKey> {
        self.kept.lock().await.clone()
    }

    /// By name, or by id.
    pub(crate) async fn find(&self, name: &str) -> Result<ApiKey, KeyError> {
        let kept = self.kept.lock().await;
        act::find(&kept, name).cloned()
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Durable first: a key that opens a route is known after a restart, too.
    async fn change(
        &self,
        kept: &mut Vec<ApiKey>,
        changes: Vec<(KeyChange, AuditLine)>,
    ) -> Result<(), KeyError> {
        if !changes.is_empty() {
            self.store.change_api_keys(changes).await?;
            *kept = self.store.api_keys().await?;
        }
        self.gateway.set_keys(kept);
        Ok(())
    }

    fn line(&self, action: &str, key: &ApiKey, detail: String) -> AuditLine {
        AuditLine {
            at: self.clock.timestamp(),
            actor: OPERATOR.to_owned(),
            action: action.to_owned(),
            subject: subject(key),
            detail,
        }
    }
}

/// What audit lines call a key.
pub(crate) fn subject(key: &ApiKey) -> String {
    format!("key {}", key.name)
}

/// Of a key that this server alone knows. Ids are no secrets; they need only differ.
fn new_id() -> ApiKeyId {
    ApiKeyId::from_random(fastrand::u64(..))
}

/// A value from the kernel's own source of random numbers.
fn new_value() -> Result<KeyText, KeyError> {
    let mut bytes = [0_u8; 160];
    let filled = getrandom(&mut bytes, GetRandomFlags::empty());
    match filled {
        Ok(length) if length == bytes.len() => {}
        Ok(_) => return Err(KeyError::Random(std::io::ErrorKind::UnexpectedEof.into())),
        Err(error) => return Err(KeyError::Random(error.into())),
    }
    let mut words = [0; 40];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, byte| (word << 8) | u32::from(*byte));
    }
    Ok(KeyText::from_random(&words))
}

/// `a`, `b`.
fn listed(plans: &[UsagePlanName]) -> String {
    let names: Vec<String> = plans.iter().map(|plan| format!("`{plan}`")).collect();
    names.join(", ")
}
