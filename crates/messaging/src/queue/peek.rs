//! Shows messages without receiving them.

use model::QueueName;
use store::{Number, Peeked};

use super::QueueError;
use crate::Queues;

impl Queues {
    /// In the order in which they came, from the first with a number of at least `from`. Whoever
    /// receives notices nothing of it.
    pub async fn peek(
        &self,
        queue: &QueueName,
        from: Number,
        most: usize,
    ) -> Result<Vec<Peeked>, QueueError> {
        let open = self.opened(queue)?;
        let peeked = self.store.peek(open.id(), from, most, self.now()).await;
        peeked.map_err(|error| open.failed(error))
    }
}
