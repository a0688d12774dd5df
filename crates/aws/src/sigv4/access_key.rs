//! Access keys: by which callers prove who they are.

use std::collections::HashMap;
use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// A key's id, its secret and, if it is a temporary one, the token that goes with it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    pub id: String,
    pub secret: String,
    pub session_token: Option<String>,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The keys that are accepted, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessKeys(HashMap<String, AccessKey>);

impl AccessKeys {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn find(&self, id: &str) -> Option<&AccessKey> {
        self.0.get(id)
    }
}

impl FromIterator<AccessKey> for AccessKeys {
    fn from_iter<I: IntoIterator<Item = AccessKey>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| (key.id.clone(), key)).collect())
    }
}

impl AccessKey {
    /// The key that signs on one day, in one region, for one service.
    pub(super) fn signing(&self, scope: [&str; 3]) -> Hmac<Sha256> {
        let mut key = mac(format!("AWS4{}", self.secret).as_bytes());
        for part in scope.into_iter().chain(["aws4_request"]) {
            key.update(part.as_bytes());
            key = mac(&key.finalize().into_bytes());
        }
        key
    }
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("any length is a key")
}
