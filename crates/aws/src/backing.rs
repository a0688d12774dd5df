//! What actions act on: the ports of the domain, given by whoever puts the server together.

use std::sync::Arc;

use model::{Account, Clock, FunctionName, Invoke};

/// Everything that actions reach. A service that needs more adds a field.
#[derive(Clone)]
pub struct Backing {
    pub account: Account,
    pub clock: Arc<dyn Clock>,
    pub invoke: Arc<dyn Invoke>,
    pub catalogue: Arc<dyn Catalogue>,
}

/// Which functions there are, now.
pub trait Catalogue: Send + Sync {
    fn has_function(&self, name: &FunctionName) -> bool;
}
