//! Deletes messages that were kept for as long as their queue keeps any, and forgets old attempts.

use std::time::Duration;

use model::Moment;
use store::StoreError;

use crate::Queues;

/// So much at a time, so that who sends meanwhile hardly waits.
const MOST: usize = 500;
/// How long to rest when there was nothing left to do.
const REST: Duration = Duration::from_secs(1);

impl Queues {
    /// One round; tells whether there is more to do.
    pub async fn tidy(&self) -> Result<bool, StoreError> {
        let now = self.now();
        let open = self.open.load_full();
        let sent_before = open.values().map(|open| {
            open.live.attempts().forget(now);
            (open.id(), now.minus(open.queue.retention))
        });
        Ok(self.store.tidy(sent_before.collect(), now, MOST).await?.more)
    }

    /// For as long as the server runs. `tell` learns of the first error of each kind of trouble.
    pub async fn keep_tidy(&self, tell: impl Fn(&StoreError)) {
        let mut told = None;
        loop {
            let begun = self.clock.moment();
            match self.tidy().await {
                Ok(true) => tokio::time::sleep(since(begun, self.clock.moment())).await,
                Ok(false) => {
                    told = None;
                    tokio::time::sleep(REST).await;
                }
                Err(error) => {
                    if told.as_ref() != Some(&error) {
                        tell(&error);
                        told = Some(error);
                    }
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }
}

/// As long as a round took, so that tidying has at most half of the writer.
fn since(begun: Moment, now: Moment) -> Duration {
    now.since(begun)
}
