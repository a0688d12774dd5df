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

/// What becomes of a claimed message. Its count is of all queues that it was in; a policy is about
/// its own queue.
pub(crate) fn decide(claimed: &Claimed, policy: Option<&Redrive>) -> Next {
    let Some(policy) = policy else { return Next::Deliver };
    let count = claimed.receipt.count;
    if count <= policy.after {
        return Next::Deliver;
    }
    let extras = Extras::read(claimed.message.extras.as_deref());
    let here = count.saturating_sub(extras.received_elsewhere);
    if here > policy.after { Next::DeadLetter } else { Next::Deliver }
}

/// The message as its dead-letter queue keeps it. A standard queue's keeps the time of its sending, by
/// which it expires; in a FIFO queue it begins anew, and its id takes the place of a deduplication id
/// that others may have, too.
pub(crate) fn dead_letter(claimed: Claimed, from: &Arn, is_fifo: bool, now: Timestamp) -> Put {
    let Claimed { receipt, first, mut message } = claimed;
    let mut extras = Extras::read(message.extras.as_deref());
    extras.dead_letter_of = Some(from.clone());
    let count = receipt.count.saturating_sub(1);
    extras.received_elsewhere = count;
    if is_fifo {
        extras.deduplication = Some(message.id.to_string());
        message.sent = now;
    }
    message.extras = extras.write();
    Put { claimed: Some((count, first)), came: Some(now), ..Put::new(message) }
}

#[cfg(test)]
mod tests {
    use model::Account;
    use store::{Message, MessageId, Receipt};

    use super::*;

    fn claimed(count: u32) -> Claimed {
        let message = Message {
            id: MessageId([1; 16]),
            sent: Timestamp(5),
            group: None,
            body: "b".into(),
            extras: None,
            md5: None,
        };
        Claimed { receipt: Receipt { number: 1, count }, first: Timestamp(6), message }
    }

    #[test]
    fn a_message_is_received_exactly_as_often_as_the_policy_says() {
        let policy = Redrive { to: Account::default().arn("sqs", "dead"), after: 3 };
        let next: Vec<_> = (1..=5).map(|count| decide(&claimed(count), Some(&policy))).collect();
        use Next::{DeadLetter, Deliver};
        assert_eq!(next, [Deliver, Deliver, Deliver, DeadLetter, DeadLetter]);
        assert_eq!(decide(&claimed(1_000), None), Deliver);
    }

    #[test]
    fn receives_from_other_queues_are_no_reason_to_give_up() {
        let policy = Redrive { to: Account::default().arn("sqs", "last"), after: 2 };
        let from = Account::default().arn("sqs", "jobs");
        let letter = dead_letter(claimed(6), &from, false, Timestamp(9)).message;
        let next = |count| {
            let message = letter.clone();
            decide(&Claimed { message, ..claimed(count) }, Some(&policy))
        };
        use Next::{DeadLetter, Deliver};
        assert_eq!([6, 7, 8].map(next), [Deliver, Deliver, DeadLetter]);
    }

    #[test]
    fn a_dead_letter_keeps_its_time_on_a_standard_queue_alone() {
        let claimed = claimed(4);
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
