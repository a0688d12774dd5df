//! Decides when a message is given up, and as what it goes on.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>

use model::{Arn, Redrive, Timestamp};
use store::{Claimed, Put};

use super::extras::Extras;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Deliver,
    DeadLetter,
}

/// What becomes of a message that was claimed for the `count`th time.
pub(crate) fn decide(count: u32, policy: Option<&Redrive>) -> Next {
    match policy {
        Some(policy) if count > policy.after => Next::DeadLetter,
        _ => Next::Deliver,
    }
}

/// The message as its dead-letter queue keeps it. A standard queue's keeps the time of its sending, by
/// which it expires; in a FIFO queue it begins anew, and its id takes the place of a deduplication id
/// that others may have, too.
pub(crate) fn dead_letter(claimed: Claimed, from: &Arn, is_fifo: bool, now: Timestamp) -> Put {
    let Claimed { receipt, first, mut message } = claimed;
    let mut extras = Extras::read(message.extras.as_deref());
    extras.dead_letter_of = Some(from.clone());
    if is_fifo {
        extras.deduplication = Some(message.id.to_string());
        message.sent = now;
    }
    message.extras = extras.write();
    let count = receipt.count.saturating_sub(1);
    Put { claimed: Some((count, first)), came: Some(now), ..Put::new(message) }
}

#[cfg(test)]
mod tests {
    use model::Account;
    use store::{Message, MessageId, Receipt};

    use super::*;

    #[test]
    fn a_message_is_received_exactly_as_often_as_the_policy_says() {
        let policy = Redrive { to: Account::default().arn("sqs", "dead"), after: 3 };
        let next: Vec<_> = (1..=5).map(|count| decide(count, Some(&policy))).collect();
        use Next::{DeadLetter, Deliver};
        assert_eq!(next, [Deliver, Deliver, Deliver, DeadLetter, DeadLetter]);
        assert_eq!(decide(1_000, None), Deliver);
    }

    #[test]
    fn a_dead_letter_keeps_its_time_on_a_standard_queue_alone() {
        let message = Message {
            id: MessageId([1; 16]),
            sent: Timestamp(5),
            group: None,
            body: "b".into(),
            extras: None,
            md5: None,
        };
        let receipt = Receipt { number: 1, count: 4 };
        let claimed = Claimed { receipt, first: Timestamp(6), message };
        let from = Account::default().arn("sqs", "jobs");
        let standard = dead_letter(claimed.clone(), &from, false, Timestamp(9));
        assert_eq!((standard.message.sent, standard.came), (Timestamp(5), Some(Timestamp(9))));
        assert_eq!(standard.claimed, Some((3, Timestamp(6))));
        let fifo = dead_letter(claimed, &from, true, Timestamp(9));
        assert_eq!(fifo.message.sent, Timestamp(9));
        let extras = Extras::read(fifo.message.extras.as_deref());
        assert_eq!(extras.deduplication, Some(MessageId([1; 16]).to_string()));
        assert_eq!(extras.dead_letter_of, Some(from));
    }
}
