//! How a store is reached.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use model::Clock;

/// Which store, and how long to wait for it.
#[derive(Clone)]
pub struct Options {
    /// `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS; several, separated by
    /// commas, are nodes of one Cluster. Whether the store is a Cluster is found out.
    pub url: String,
    /// What names in the store begin with: platforms that share a store and not their limits differ.
    pub namespace: String,
    /// Certificates, in PEM, that the store's is checked against; the system's when nothing.
    pub authority: Option<Vec<u8>>,
    /// How long a request waits for the store before its limits' failure policies answer.
    pub timeout: Duration,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How often the store hears of this node.
    pub heartbeat: Duration,
    pub time: Time,
    /// In 100: the part of each limit with [`model::FailurePolicy::Share`] that this node may use while
    /// it does not know how many share the store.
    pub min_share: Option<u8>,
    /// The node's own.
    pub clock: Arc<dyn Clock>,
}

/// By whose clock limits are decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Time {
    /// The store's, so that nodes need not agree on the time.
    #[default]
    Store,
    /// The one given with each decision, for tests that move it. Nodes must then agree.
    Given,
}

impl Options {
    pub fn new(url: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            url: url.into(),
            namespace: "tidegate".to_owned(),
            authority: None,
            timeout: Duration::from_millis(20),
            connect_timeout: Duration::from_secs(1),
            heartbeat: Duration::from_secs(3),
            time: Time::default(),
            min_share: None,
            clock,
        }
    }
}

/// Leaves out the address, which may hold a password.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
