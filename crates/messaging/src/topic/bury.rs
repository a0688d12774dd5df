//! What becomes of a message that an endpoint will never take.

use tracing::{error, warn};

use super::attempt::Verdict;
use super::envelope::{self, Seal};
use super::installed::Compiled;
use super::message::Published;
use super::parcel::{Parcel, in_queue};
use crate::Topics;

impl Topics {
    /// A message that could not be delivered goes to the subscription's dead letters; without
    /// any it is dropped, which the log tells.
    pub(super) async fn bury(
        &self,
        compiled: &Compiled,
        published: &Published,
        seal: Option<&Seal>,
        reason: &str,
    ) -> Verdict {
        let (subscription, id) = (&compiled.arn, &published.id);
        let Some(queue) = &compiled.declared.dead_letters else {
            error!(
                subscription = %subscription, message.id = id,
                "a message was given up, and the subscription has no dead-letter queue: {reason}"
            );
            return Verdict::Taken;
        };
        warn!(
            subscription = %subscription, message.id = id, queue = %queue,
            "a message goes to the dead letters: {reason}"
        );
        let parcel = match seal {
            Some(seal) => {
                let unsubscribe = self.urls().unsubscribe(subscription);
                let protocol = compiled.declared.endpoint.protocol();
                let text = envelope::notification(published, protocol, seal, &unsubscribe);
                self.parcel(compiled, published, Some(seal)).map(|it| Parcel { text, ..it })
            }
            None => self.parcel(compiled, published, None),
        };
        let buried = match parcel {
            Ok(parcel) => match in_queue(queue, parcel.options) {
                Some(target) => self.hand_to(target, published, parcel.text).await,
                None => Verdict::Never(format!("{queue} is no queue")),
            },
            Err(problem) => Verdict::Never(problem),
        };
        if let Verdict::Never(problem) = buried {
            error!(
                subscription = %subscription, message.id = id, queue = %queue,
                "a message was given up, and the dead-letter queue did not take it: {problem}"
            );
            return Verdict::Taken;
        }
        buried
    }
}
