//! The port through which AWS calls create, change and delete resources: whoever implements it
//! checks references, makes the change durable and then real.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use model::{ChangeRefused, ResourceChange, Snapshot};

/// The resources of one server.
pub trait Control: Send + Sync {
    /// All resources, as they are now.
    fn resources(&self) -> Arc<Snapshot>;

    /// Makes all changes or none. `Ok` says that they are durable and in effect. `seen` is what they
    /// were decided on: a resource among them that has changed since is
    /// [`ChangeRefused::Outdated`].
    fn change(&self, seen: Arc<Snapshot>, changes: Vec<ResourceChange>) -> ChangeFuture<'_>;
}

pub type ChangeFuture<'a> = Pin<Box<dyn Future<Output = Result<(), ChangeRefused>> + Send + 'a>>;

/// How often a decision is made anew when others change the same resource at the same time.
const MOST_DECISIONS: usize = 16;

/// Decides on the resources as they are, and makes it so. When somebody else was faster, decides
/// again on what there is then. `decide` gives the changes and the action's own answer; `told` says
/// why a change is not made as the caller is to hear it.
pub async fn edit<T, E>(
    control: &dyn Control,
    told: impl FnOnce(ChangeRefused) -> E,
    mut decide: impl FnMut(&Snapshot) -> Result<(Vec<ResourceChange>, T), E>,
) -> Result<T, E> {
    let mut last = None;
    for _ in 0..MOST_DECISIONS {
        let seen = control.resources();
        let (changes, answer) = decide(&seen)?;
        if changes.is_empty() {
            return Ok(answer);
        }
        match control.change(seen, changes).await {
            Ok(()) => return Ok(answer),
            Err(ChangeRefused::Outdated(id)) => last = Some(id),
            Err(refused) => return Err(told(refused)),
        }
    }
    let busy = last.map(|id| format!("{id} changes too often; try again later"));
    Err(told(ChangeRefused::Unavailable(busy.unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use std::convert;
    use std::sync::Mutex;

    use model::{Kept, Origin, Queue, QueueName, Resource, ResourceId, Timestamp};

    use super::*;

    /// Somebody else changes the queue `rivals` times, each just before the caller does.
    struct Busy {
        revision: Mutex<u64>,
        rivals: u64,
    }

    fn queue() -> Queue {
        Queue::new(QueueName::parse("jobs").expect("a name"))
    }

    impl Control for Busy {
        fn resources(&self) -> Arc<Snapshot> {
            let revision = *self.revision.lock().expect("no panic");
            let (created, updated) = (Timestamp(0), Timestamp(revision));
            let (resource, origin) = (Resource::from(queue()), Origin::Operator);
            Arc::new([Kept { resource, origin, revision, created, updated }].into_iter().collect())
        }

        fn change(&self, seen: Arc<Snapshot>, changes: Vec<ResourceChange>) -> ChangeFuture<'_> {
            let mut revision = self.revision.lock().expect("no panic");
            if *revision < self.rivals {
                *revision += 1;
            }
            let (_, decided_on) = seen.find::<Queue>("jobs").expect("there");
            let is_old = decided_on.revision != *revision;
            let answer =
                if is_old { Err(ChangeRefused::Outdated(changes[0].id())) } else { Ok(()) };
            Box::pin(std::future::ready(answer))
        }
    }

    fn edited(rivals: u64) -> Result<u64, ChangeRefused> {
        let busy = Busy { revision: Mutex::new(0), rivals };
        let editing = edit(&busy, convert::identity, |seen| {
            let (_, kept) = seen.find::<Queue>("jobs").expect("there");
            Ok((vec![ResourceChange::Keep(queue().into())], kept.revision))
        });
        futures_util::FutureExt::now_or_never(editing).expect("nothing to wait for")
    }

    #[test]
    fn a_decision_is_made_on_what_there_is() {
        assert_eq!(edited(0), Ok(0));
        assert_eq!(edited(3), Ok(3));
        let busy =
            format!("{} changes too often; try again later", ResourceId::of::<Queue>("jobs"));
        assert_eq!(edited(1_000), Err(ChangeRefused::Unavailable(busy)));
    }
}
