//! Standard queues.

use model::{Account, AttributeData, AttributeValue, Redrive};

use super::*;
use crate::{Change, Counts, QueueError};

#[test]
fn a_message_is_sent_received_and_deleted() {
    run(async {
        let queues = queues(vec![queue("jobs")]).await;
        let text = AttributeData::Text("attribValue 1".to_owned());
        let value = AttributeValue { data_type: "String".to_owned(), value: text };
        let attributes = vec![("attribName1".to_owned(), value)];
        let outgoing = Outgoing { attributes: attributes.clone(), ..body("hello world") };
        let sent = queues.send(&name("jobs"), outgoing).await.expect("sent");
        assert_eq!(sent.md5_of_body, "5eb63bbbe01eeed093cb22bb8f5acdc3");
        assert_eq!(sent.md5_of_attributes.as_deref(), Some("19e27d4e946b072f3f58da80d94fd778"));
        assert_eq!(sent.sequence_number, None);
        pass(1).await;
        let got = receive(&queues, "jobs").await.remove(0);
        assert_eq!((got.id, got.md5_of_body), (sent.id, sent.md5_of_body));
        assert_eq!((got.attributes, got.receive_count), (attributes, 1));
        assert_eq!(got.first_received.since(got.sent), Duration::from_secs(1));
        assert_eq!(got.sender, "000000000000");
        queues.delete(&name("jobs"), &got.receipt_handle).await.expect("deleted");
        queues.delete(&name("jobs"), &got.receipt_handle).await.expect("deleted before");
        assert_eq!(queues.counts(&name("jobs")).await, Ok(Counts::default()));
    });
}

#[test]
fn handles_are_good_for_their_queue_alone() {
    run(async {
        let queues = queues(vec![queue("jobs"), queue("others")]).await;
        queues.send(&name("jobs"), body("a")).await.expect("sent");
        let handle = receive(&queues, "jobs").await.remove(0).receipt_handle;
        let refused = Err(QueueError::ReceiptHandleInvalid("others".to_owned()));
        assert_eq!(queues.delete(&name("others"), &handle).await, refused);
        queues.install(vec![queue("others")]).await.expect("jobs is gone");
        let gone = Err(QueueError::NoSuchQueue("jobs".to_owned()));
        assert_eq!(queues.delete(&name("jobs"), &handle).await, gone);
        queues.install(vec![queue("others"), queue("jobs")]).await.expect("jobs is another");
        let refused = Err(QueueError::ReceiptHandleInvalid("jobs".to_owned()));
        assert_eq!(queues.delete(&name("jobs"), &handle).await, refused);
    });
}

#[test]
fn visibility_lasts_at_most_twelve_hours_in_all() {
    run(async {
        let queues = queues(vec![queue("jobs")]).await;
        queues.send(&name("jobs"), body("a")).await.expect("sent");
        let receipt_handle = receive(&queues, "jobs").await.remove(0).receipt_handle;
        let jobs = name("jobs");
        let change = |hours| {
            let visibility = Duration::from_hours(hours);
            let change = Change { receipt_handle: receipt_handle.clone(), visibility };
            queues.change_visibility(&jobs, change)
        };
        change(12).await.expect("from the start");
        pass(1).await;
        assert!(matches!(change(12).await, Err(QueueError::InvalidValue { .. })));
        change(0).await.expect("visible");
        assert_eq!(change(1).await, Err(QueueError::NotInFlight));
        assert_eq!(receive(&queues, "jobs").await[0].receive_count, 2);
    });
}

#[test]
fn a_message_received_too_often_becomes_a_dead_letter() {
    run(async {
        let to = Account::default().arn("sqs", "dead");
        let jobs = Queue { redrive: Some(Redrive { to, after: 2 }), ..queue("jobs") };
        let queues = queues(vec![jobs, queue("dead")]).await;
        let sent = queues.send(&name("jobs"), body("poison")).await.expect("sent");
        for count in 1..=2 {
            assert_eq!(receive(&queues, "jobs").await[0].receive_count, count);
            pass(30).await;
        }
        assert_eq!(bodies(&receive(&queues, "jobs").await), [""; 0]);
        let letter = receive(&queues, "dead").await.remove(0);
        assert_eq!((letter.id, letter.receive_count), (sent.id, 3));
        assert_eq!(letter.dead_letter_of, Some(Account::default().arn("sqs", "jobs")));
        let age = letter.first_received.since(letter.sent);
        assert_eq!(age, Duration::ZERO, "sent and received at the times of its first queue");
    });
}

#[test]
fn dead_letters_that_are_received_too_often_go_on() {
    run(async {
        let redrive = |to| Some(Redrive { to: Account::default().arn("sqs", to), after: 1 });
        let queue = |from, to| Queue { redrive: redrive(to), ..queue(from) };
        let chain = vec![queue("first", "second"), queue("second", "third")];
        let last = Queue::new(name("third"));
        let queues = queues([chain, vec![last]].concat()).await;
        queues.send(&name("first"), body("poison")).await.expect("sent");
        let mut got = Vec::new();
        for queue in ["first", "first", "second", "second", "third"] {
            let messages = receive(&queues, queue).await;
            got.push(messages.first().map(|message| message.receive_count));
            pass(30).await;
        }
        assert_eq!(got, [Some(1), None, Some(2), None, Some(3)], "as often as each queue says");
    });
}

#[test]
fn dead_letters_without_a_place_stay() {
    run(async {
        let to = Account::default().arn("sqs", "dead");
        let jobs = Queue { redrive: Some(Redrive { to, after: 1 }), ..queue("jobs") };
        let queues = queues(vec![jobs]).await;
        queues.send(&name("jobs"), body("poison")).await.expect("sent");
        for count in 1..=3 {
            assert_eq!(receive(&queues, "jobs").await[0].receive_count, count);
            pass(30).await;
        }
    });
}

#[test]
fn a_queue_among_whose_dead_letters_it_is_itself_keeps_them() {
    run(async {
        let to = Account::default().arn("sqs", "jobs");
        let jobs = Queue { redrive: Some(Redrive { to, after: 1 }), ..queue("jobs") };
        let queues = queues(vec![jobs]).await;
        queues.send(&name("jobs"), body("poison")).await.expect("sent");
        let at_once = || Receive { visibility: Some(Duration::ZERO), ..Receive::up_to(1) };
        for count in 1..=3 {
            let got = queues.receive(&name("jobs"), at_once()).await.expect("received");
            assert_eq!(got[0].receive_count, count);
        }
    });
}

#[test]
fn a_queue_is_purged_once_a_minute() {
    run(async {
        let queues = queues(vec![queue("jobs")]).await;
        let jobs = name("jobs");
        queues.send(&jobs, body("a")).await.expect("sent");
        queues.purge(&jobs).await.expect("purged");
        assert_eq!(bodies(&receive(&queues, "jobs").await), [""; 0]);
        pass(59).await;
        let refused = Err(QueueError::PurgeInProgress("jobs".to_owned()));
        assert_eq!(queues.purge(&jobs).await, refused);
        pass(1).await;
        queues.purge(&jobs).await.expect("purged");
    });
}

#[test]
fn each_message_of_a_batch_is_told_for_itself() {
    run(async {
        let queues = queues(vec![queue("jobs")]).await;
        let batch = vec![body("a"), body(""), body("b"), body("c\u{1}")];
        let told = queues.send_batch(&name("jobs"), batch).await.expect("told");
        let right: Vec<_> = told.iter().map(Result::is_ok).collect();
        assert_eq!(right, [true, false, true, false]);
        assert_eq!(told[3], Err(QueueError::InvalidContents('\u{1}')));
        let got = receive(&queues, "jobs").await;
        assert_eq!(bodies(&got), ["a", "b"]);
        assert_eq!(got[1].id, told[2].as_ref().expect("sent").id);
        let mut handles: Vec<_> = got.iter().map(|got| got.receipt_handle.as_str()).collect();
        handles.insert(1, "nonsense");
        let told = queues.delete_batch(&name("jobs"), &handles).await.expect("told");
        let right: Vec<_> = told.iter().map(Result::is_ok).collect();
        assert_eq!(right, [true, false, true]);
    });
}

#[test]
fn messages_expire_with_their_queues_retention() {
    run(async {
        let jobs = Queue { retention: Duration::from_mins(1), ..queue("jobs") };
        let queues = queues(vec![jobs]).await;
        queues.send(&name("jobs"), body("old")).await.expect("sent");
        pass(60).await;
        queues.send(&name("jobs"), body("new")).await.expect("sent");
        pass(1).await;
        assert_eq!(bodies(&receive(&queues, "jobs").await), ["new"]);
        while queues.tidy().await.expect("tidied") {}
        assert_eq!(queues.counts(&name("jobs")).await.expect("counts").visible, 0);
    });
}
