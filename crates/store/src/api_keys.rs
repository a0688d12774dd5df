//! The contract for API keys.

use model::{ApiKey, ApiKeyId};

use crate::{AuditLine, Pending};

/// One change of the set of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// Adds the key, or replaces the one with its id.
    Keep(Box<ApiKey>),
    /// Forgetting what is not there changes nothing.
    Forget(ApiKeyId),
}

pub trait ApiKeyStore {
    /// Every key, by name.
    fn api_keys(&self) -> Pending<'_, Vec<ApiKey>>;

    /// Makes all changes, in their order, together with their audit lines, or none of them. Two keys
    /// never share a name ([`StoreError::Taken`](crate::StoreError::Taken) `key name`) or a value
    /// (`key value`, which is not told).
    fn change_api_keys(&self, changes: Vec<(KeyChange, AuditLine)>) -> Pending<'_, ()>;
}
