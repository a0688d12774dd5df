//! Makes the queues those that are declared.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Queue, QueueName};
use store::{Discipline, KeptQueue, StoreError};

use super::Open;
use super::open::Live;
use super::receipt_handle::Sealer;
use crate::Queues;

type All = BTreeMap<QueueName, Arc<Open>>;

impl Queues {
    /// From here on these are the queues, with these settings. Messages of a queue that is not among
    /// them are gone; those of the others stay.
    pub async fn install(&self, queues: Vec<Queue>) -> Result<(), StoreError> {
        let _one = self.installing.lock().await;
        let before = self.open.load_full();
        let mut installed = BTreeMap::new();
        for queue in queues {
            let (kept, live) = match before.get(&queue.name) {
                Some(open) => (open.kept.clone(), Arc::clone(&open.live)),
                None => (self.make(&queue).await?, Arc::new(Live::default())),
            };
            let (arn, sealer) = (self.arn(&queue.name), Sealer::of(&kept));
            let open = Open { queue, kept, sealer, arn, live };
            installed.insert(open.queue.name.clone(), Arc::new(open));
        }
        let installed = Arc::new(installed);
        self.open.store(Arc::clone(&installed));
        self.delay_anew(&before, &installed).await?;
        for kept in self.store.queues().await? {
            if !installed.contains_key(&kept.name) {
                self.store.drop_queue(kept.id).await?;
            }
        }
        for (name, open) in &*before {
            if !installed.contains_key(name) {
                open.live.arrivals.end();
            }
        }
        Ok(())
    }

    /// A FIFO queue's delay is that of the messages in it, too, whenever it was set.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html>
    async fn delay_anew(&self, before: &All, installed: &All) -> Result<(), StoreError> {
        for (name, open) in installed.iter().filter(|(_, open)| open.is_fifo()) {
            let delay = open.queue.delay;
            if before.get(name).is_some_and(|before| before.queue.delay == delay) {
                continue;
            }
            self.store.delay(open.id(), delay, self.now()).await?;
            open.live.arrivals.came();
        }
        Ok(())
    }

    async fn make(&self, queue: &Queue) -> Result<KeptQueue, StoreError> {
        let is_fifo = queue.fifo.is_some();
        let discipline = if is_fifo { Discipline::Fifo } else { Discipline::Standard };
        self.store.make_queue(queue.name.clone(), discipline, self.random()).await
    }
}
