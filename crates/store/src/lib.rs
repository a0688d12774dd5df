//! What is kept beyond a process's life, as contracts that drivers fulfil. One suite of tests,
//! [`conformance`], says what each promises; [`Memory`] is the version without a disk.
//!
//! Every promise of a change starts at its acknowledgement: once a [`Pending`] has given `Ok`, the
//! change survives the end of the process and of the machine's power. A change that was not
//! acknowledged has happened entirely or not at all.

pub mod api_keys;
pub mod audit;
pub mod conformance;
pub mod deployments;
pub mod events;
pub mod invocations;
pub mod messages;
pub mod publications;
pub mod resources;
pub mod usage;

mod error;
mod memory;

use std::path::PathBuf;
use std::pin::Pin;

pub use api_keys::{ApiKeyStore, KeyChange};
pub use audit::{AuditLine, AuditQuery, AuditStore};
pub use deployments::{Deployment, DeploymentChange, DeploymentStore};
pub use error::StoreError;
pub use events::{EventStore, OutgoingEvent, ScheduleMark};
pub use invocations::{Backlog, Due, InvocationStore, KeptInvocation, Progress};
pub use memory::Memory;
pub use messages::{
    Claim, Claimed, Claims, Deduplication, Discipline, KeptQueue, Message, MessageId, MessageStore,
    Number, Peeked, Placed, Put, QueueId, REMEMBERED, Receipt, Settled, Standing, Tally, Tidied,
};
pub use publications::{
    AcceptedId, DeliveryNumber, DeliveryOrder, DeliveryOutcome, DueDelivery, KeptDelivery,
    Publication, PublicationStore,
};
pub use resources::{KeptChange, ResourceStore};
pub use usage::{UsageQuery, UsageRow, UsageStore};

/// An answer that comes when the store has done its work. Nothing is asked of the store before the
/// first poll; a request that is under way is not taken back by dropping this.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Everything that one server keeps.
pub trait Store:
    ApiKeyStore
    + AuditStore
    + DeploymentStore
    + EventStore
    + InvocationStore
    + MessageStore
    + PublicationStore
    + ResourceStore
    + UsageStore
    + Send
    + Sync
{
    /// Why nothing is accepted any more; `None` while all is well.
    fn trouble(&self) -> Option<StoreError>;

    /// Writes everything, as it is at one moment, into a new file, whose length it gives. Changes go on
    /// meanwhile.
    fn back_up(&self, to: PathBuf) -> Pending<'_, u64>;
}
