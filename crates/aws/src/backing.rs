//! What actions act on: the ports of the domain, given by whoever puts the server together.

use std::sync::Arc;

use functions::{Asynchronous, Functions};
use messaging::{Queues, Topics};
use model::{Account, Clock, FunctionName, Invoke};
use triggers::Triggers;

use crate::control::Control;
use crate::seal::Seal;
use crate::sigv4::AccessKeys;
use crate::tally::Tally;

/// Everything that actions reach. A service that needs more adds a field.
#[derive(Clone)]
pub struct Backing {
    pub account: Account,
    /// Where the gateway answers: `http://127.0.0.1:3000`.
    pub api_url: Arc<str>,
    /// Most invocations at once, of all functions together.
    pub account_concurrency: u32,
    /// Who may call. Without any, everybody may who reaches the port.
    pub access_keys: Arc<AccessKeys>,
    pub clock: Arc<dyn Clock>,
    pub invoke: Arc<dyn Invoke>,
    pub catalogue: Arc<dyn Catalogue>,
    /// Creates, changes and deletes resources.
    pub control: Arc<dyn Control>,
    pub queues: Arc<Queues>,
    pub topics: Arc<Topics>,
    pub triggers: Arc<Triggers>,
    pub seal: Arc<dyn Seal>,
    pub functions: Arc<Functions>,
    pub asynchronous: Arc<Asynchronous>,
    /// Counts what is asked for.
    pub tally: Arc<Tally>,
}

/// Which functions there are, now.
pub trait Catalogue: Send + Sync {
    fn has_function(&self, name: &FunctionName) -> bool;
}
