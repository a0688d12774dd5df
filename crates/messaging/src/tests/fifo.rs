//! FIFO queues.

use model::{Account, Fifo, Redrive};

use super::*;
use crate::{Change, QueueError};

async fn send(queues: &Queues, texts: &[&str]) {
    for text in texts {
        queues.send(&name("jobs.fifo"), grouped(text)).await.expect("sent");
    }
}

#[test]
fn a_group_goes_out_in_order_and_one_batch_at_a_time() {
    run(async {
        let queues = queues(vec![queue("jobs.fifo")]).await;
        send(&queues, &["red-1", "red-2", "blue-1"]).await;
        let one = queues.receive(&name("jobs.fifo"), Receive::up_to(1)).await.expect("received");
        assert_eq!(bodies(&one), ["red-1"]);
        assert_eq!(bodies(&receive(&queues, "jobs.fifo").await), ["blue-1"]);
        queues.delete(&name("jobs.fifo"), &one[0].receipt_handle).await.expect("deleted");
        let next = receive(&queues, "jobs.fifo").await;
        assert_eq!(bodies(&next), ["red-2"]);
        assert_eq!(next[0].group.as_deref(), Some("red"));
        assert_eq!(next[0].deduplication.as_deref(), Some("red-2"));
        assert!(next[0].sequence_number > one[0].sequence_number);
    });
}

#[test]
fn a_message_that_is_never_hidden_becomes_a_dead_letter_too() {
    run(async {
        let to = Account::default().arn("sqs", "dead.fifo");
        let jobs = Queue { redrive: Some(Redrive { to, after: 1 }), ..queue("jobs.fifo") };
        let queues = queues(vec![jobs, queue("dead.fifo")]).await;
        send(&queues, &["red-1", "red-2"]).await;
        let at_once = || Receive { visibility: Some(Duration::ZERO), ..Receive::up_to(1) };
        for expected in ["red-1", "red-2"] {
            let got = queues.receive(&name("jobs.fifo"), at_once()).await.expect("received");
            assert_eq!(bodies(&got), [expected]);
        }
        let none = queues.receive(&name("jobs.fifo"), at_once()).await.expect("received");
        assert_eq!(bodies(&none), [""; 0]);
        assert_eq!(bodies(&receive(&queues, "dead.fifo").await), ["red-1", "red-2"]);
    });
}

#[test]
fn a_copy_is_told_what_the_first_was_told() {
    run(async {
        let queues = queues(vec![queue("jobs.fifo")]).await;
        let first = queues.send(&name("jobs.fifo"), grouped("red-1")).await.expect("sent");
        pass(299).await;
        let copy = queues.send(&name("jobs.fifo"), grouped("red-1")).await.expect("sent");
        assert_eq!(copy, first);
        pass(1).await;
        let another = queues.send(&name("jobs.fifo"), grouped("red-1")).await.expect("sent");
        assert_ne!(another.id, first.id);
    });
}

#[test]
fn content_tells_copies_where_the_queue_says_so() {
    run(async {
        let fifo = Some(Fifo { deduplicates_content: true, ..Fifo::default() });
        let queues = queues(vec![Queue { fifo, ..queue("jobs.fifo") }]).await;
        let message = Outgoing { deduplication: None, ..grouped("red-1") };
        let first = queues.send(&name("jobs.fifo"), message.clone()).await.expect("sent");
        let copy = queues.send(&name("jobs.fifo"), message).await.expect("sent");
        assert_eq!(copy.id, first.id);
        let got = receive(&queues, "jobs.fifo").await;
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].deduplication.as_ref().map(String::len), Some(64));
    });
}

#[test]
fn what_a_fifo_queue_needs_is_asked_for() {
    run(async {
        let queues = queues(vec![queue("jobs.fifo"), queue("jobs")]).await;
        let fifo = name("jobs.fifo");
        let no_group = Outgoing { group: None, ..grouped("red-1") };
        assert_eq!(queues.send(&fifo, no_group).await, Err(QueueError::Missing("MessageGroupId")));
        let refused = [
            queues.send(&fifo, Outgoing { deduplication: None, ..grouped("red-1") }).await,
            queues
                .send(&fifo, Outgoing { delay: Some(Duration::from_secs(1)), ..grouped("a") })
                .await,
            queues.send(&name("jobs"), grouped("red-1")).await,
            queues
                .send(&name("jobs"), Outgoing { group: Some("a b".to_owned()), ..body("x") })
                .await,
        ];
        for refused in refused {
            assert!(matches!(refused, Err(QueueError::InvalidValue { .. })), "{refused:?}");
        }
        let fair = Outgoing { group: Some("tenant-1".to_owned()), ..body("x") };
        queues.send(&name("jobs"), fair).await.expect("sent");
        let got = receive(&queues, "jobs").await;
        assert_eq!(got[0].group.as_deref(), Some("tenant-1"), "kept on a standard queue");
    });
}

#[test]
fn a_receive_is_repeated_by_its_attempt() {
    run(async {
        let queues = queues(vec![queue("jobs.fifo")]).await;
        send(&queues, &["red-1", "red-2"]).await;
        let ask = Receive { attempt: Some("first".to_owned()), ..Receive::up_to(10) };
        let first = queues.receive(&name("jobs.fifo"), ask.clone()).await.expect("received");
        pass(20).await;
        let again = queues.receive(&name("jobs.fifo"), ask.clone()).await.expect("received");
        assert_eq!(again, first);
        pass(20).await;
        assert_eq!(receive(&queues, "jobs.fifo").await, [], "hidden anew at the repetition");
        queues.delete(&name("jobs.fifo"), &first[0].receipt_handle).await.expect("deleted");
        let spoiled = queues.receive(&name("jobs.fifo"), ask).await;
        assert!(matches!(spoiled, Err(QueueError::InvalidValue { .. })), "{spoiled:?}");
    });
}

#[test]
fn an_attempt_whose_messages_somebody_changed_is_not_repeated() {
    run(async {
        let queues = queues(vec![queue("jobs.fifo")]).await;
        send(&queues, &["red-1", "red-2"]).await;
        let ask = Receive { attempt: Some("first".to_owned()), ..Receive::up_to(10) };
        let first = queues.receive(&name("jobs.fifo"), ask.clone()).await.expect("received");
        let receipt_handle = first[1].receipt_handle.clone();
        let change = Change { receipt_handle, visibility: Duration::from_secs(300) };
        queues.change_visibility(&name("jobs.fifo"), change).await.expect("hidden for longer");
        let spoiled = queues.receive(&name("jobs.fifo"), ask).await;
        assert!(matches!(spoiled, Err(QueueError::InvalidValue { .. })), "{spoiled:?}");
        let attempts = || queues.opened(&name("jobs.fifo")).expect("open").live.attempts().count();
        queues.tidy().await.expect("tidied");
        assert_eq!(attempts(), 1);
        pass(300).await;
        queues.tidy().await.expect("tidied");
        assert_eq!(attempts(), 0, "forgotten although nobody has received since");
    });
}

#[test]
fn another_delay_is_that_of_messages_in_the_queue_too() {
    run(async {
        let delayed = |seconds| Queue { delay: Duration::from_secs(seconds), ..queue("jobs.fifo") };
        let queues = queues(vec![delayed(60)]).await;
        send(&queues, &["red-1"]).await;
        assert_eq!(receive(&queues, "jobs.fifo").await, []);
        let patient = {
            let ask = Receive { wait: Some(Duration::from_secs(20)), ..Receive::up_to(1) };
            let queues = Arc::clone(&queues);
            tokio::spawn(async move { queues.receive(&name("jobs.fifo"), ask).await })
        };
        pass(1).await;
        queues.install(vec![delayed(0)]).await.expect("installed");
        let got = patient.await.expect("no panic").expect("received");
        assert_eq!(bodies(&got), ["red-1"]);
        queues.delete(&name("jobs.fifo"), &got[0].receipt_handle).await.expect("deleted");
        send(&queues, &["red-2"]).await;
        pass(1).await;
        queues.install(vec![delayed(5)]).await.expect("installed");
        assert_eq!(receive(&queues, "jobs.fifo").await, [], "it came with none");
        pass(4).await;
        assert_eq!(bodies(&receive(&queues, "jobs.fifo").await), ["red-2"]);
    });
}

#[test]
fn an_expired_handle_deletes_nothing() {
    run(async {
        let queues = queues(vec![queue("jobs.fifo")]).await;
        send(&queues, &["red-1"]).await;
        let handle = receive(&queues, "jobs.fifo").await.remove(0).receipt_handle;
        pass(30).await;
        let refused = Err(QueueError::ReceiptHandleExpired);
        assert_eq!(queues.delete(&name("jobs.fifo"), &handle).await, refused);
        assert_eq!(bodies(&receive(&queues, "jobs.fifo").await), ["red-1"]);
    });
}

#[test]
fn a_poisonous_message_frees_its_group() {
    run(async {
        let to = Account::default().arn("sqs", "dead.fifo");
        let jobs = Queue { redrive: Some(Redrive { to, after: 1 }), ..queue("jobs.fifo") };
        let queues = queues(vec![jobs, queue("dead.fifo")]).await;
        send(&queues, &["red-1"]).await;
        let poison = receive(&queues, "jobs.fifo").await.remove(0);
        send(&queues, &["red-2"]).await;
        pass(30).await;
        // The first is moved away by this.
        assert_eq!(bodies(&receive(&queues, "jobs.fifo").await), ["red-2"]);
        let letter = receive(&queues, "dead.fifo").await.remove(0);
        assert_eq!(letter.deduplication.as_deref(), Some(poison.id.as_str()));
        assert_eq!(letter.group.as_deref(), Some("red"));
        assert!(letter.sent > poison.sent, "its time begins anew");
    });
}
