//! A request's right to the connection it came on.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::watched::Upgraded;

/// Among the extensions of a request that asks for another protocol. The connection comes once the
/// request has been answered `101 Switching Protocols`.
#[derive(Clone)]
pub struct Upgrade(Arc<Mutex<Option<oneshot::Receiver<Upgraded>>>>);

impl Upgrade {
    pub(super) fn new() -> (oneshot::Sender<Upgraded>, Self) {
        let (grant, granted) = oneshot::channel();
        (grant, Self(Arc::new(Mutex::new(Some(granted)))))
    }

    /// The connection, or `None` when it was not given away or has ended.
    pub async fn opened(self) -> Option<Upgraded> {
        let granted = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        granted?.await.ok()
    }
}

impl fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgrade").finish_non_exhaustive()
    }
}
