//! The port through which resources become real: each domain crate takes the kinds that it owns.

use std::future::Future;
use std::pin::Pin;

use model::{ResourceId, Snapshot};

pub(crate) type Installing<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// The owner of some kinds of resources. What cannot be made real says why; it is tried again with
/// the next change.
pub(crate) trait Install: Send + Sync {
    /// Makes what `all` has of its kinds what there is.
    fn install<'a>(&'a self, all: &'a Snapshot) -> Installing<'a, ()>;

    /// Whether something would be lost with the resource: a queue's messages. One that leaves the
    /// manifest is then left to the operator.
    fn holds_something<'a>(&'a self, _id: &'a ResourceId) -> Installing<'a, bool> {
        Box::pin(std::future::ready(Ok(false)))
    }
}
