//! Dead letters that are moved back.

use model::{Account, Arn, Redrive};

use super::*;
use crate::{MoveState, QueueError};

fn arn(text: &str) -> Arn {
    Account::default().arn("sqs", text)
}

/// `jobs` gives up at once; `dead` has two of its messages.
async fn with_dead_letters() -> Arc<Queues> {
    let jobs = Queue { redrive: Some(Redrive { to: arn("dead"), after: 1 }), ..queue("jobs") };
    let queues = queues(vec![jobs, queue("dead"), queue("others")]).await;
    for text in ["a", "b"] {
        queues.send(&name("jobs"), body(text)).await.expect("sent");
    }
    assert_eq!(receive(&queues, "jobs").await.len(), 2);
    pass(30).await;
    assert_eq!(receive(&queues, "jobs").await.len(), 0);
    queues
}

#[test]
fn dead_letters_go_back_as_new_messages() {
    run(async {
        let queues = with_dead_letters().await;
        queues.start_move(&arn("dead"), None, None).await.expect("started");
        let back = Receive { wait: Some(Duration::from_secs(20)), ..Receive::up_to(10) };
        let got = queues.receive(&name("jobs"), back).await.expect("received");
        assert_eq!((got[0].receive_count, got[0].dead_letter_of.clone()), (1, None));
        pass(1).await;
        let told = queues.list_moves(&arn("dead"), 1).expect("tasks").remove(0);
        assert_eq!((told.state, told.moved, told.to_move), (MoveState::Completed, 2, 2));
        assert_eq!(queues.counts(&name("dead")).await.expect("counts").visible, 0);
    });
}

#[test]
fn what_a_failed_task_has_not_moved_is_visible_again() {
    run(async {
        let queues = with_dead_letters().await;
        for text in ["sent here", "c", "d"] {
            queues.send(&name("dead"), body(text)).await.expect("sent");
        }
        queues.start_move(&arn("dead"), None, None).await.expect("started");
        pass(1).await;
        let told = queues.list_moves(&arn("dead"), 1).expect("tasks").remove(0);
        assert!(matches!(told.state, MoveState::Failed(_)), "{told:?}");
        assert_eq!(told.moved, 2);
        assert_eq!(bodies(&receive(&queues, "dead").await), ["sent here", "c", "d"]);
    });
}

#[test]
fn a_task_keeps_to_its_rate_until_it_is_cancelled() {
    run(async {
        let queues = with_dead_letters().await;
        let others = arn("others");
        let handle =
            queues.start_move(&arn("dead"), Some(&others), Some(1)).await.expect("started");
        let twice = queues.start_move(&arn("dead"), None, None).await;
        assert!(matches!(twice, Err(QueueError::Unsupported(_))), "{twice:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(queues.cancel_move(&handle), Ok(1));
        assert!(matches!(queues.cancel_move(&handle), Err(QueueError::InvalidValue { .. })));
        pass(5).await;
        let told = queues.list_moves(&arn("dead"), 10).expect("tasks").remove(0);
        assert_eq!((told.state, told.moved), (MoveState::Cancelled, 1));
        assert_eq!(bodies(&receive(&queues, "others").await), ["a"]);
        assert_eq!(queues.counts(&name("dead")).await.expect("counts").visible, 1);
    });
}

#[test]
fn what_cannot_be_moved_is_refused() {
    run(async {
        let queues = with_dead_letters().await;
        queues
            .install(vec![queue("dead"), queue("jobs"), queue("x.fifo")])
            .await
            .expect("installed");
        let no_source = queues.start_move(&arn("dead"), None, None).await;
        assert!(matches!(no_source, Err(QueueError::InvalidValue { .. })), "{no_source:?}");
        let nothing = queues.start_move(&arn("nothing"), None, None).await;
        assert!(matches!(nothing, Err(QueueError::NotFound(_))), "{nothing:?}");
        assert!(matches!(queues.cancel_move("x"), Err(QueueError::NotFound(_))));
        let jobs = Queue { redrive: Some(Redrive { to: arn("dead"), after: 1 }), ..queue("jobs") };
        queues.install(vec![queue("dead"), jobs, queue("x.fifo")]).await.expect("installed");
        let fifo = arn("x.fifo");
        let other_type = queues.start_move(&arn("dead"), Some(&fifo), None).await;
        assert!(matches!(other_type, Err(QueueError::InvalidValue { .. })), "{other_type:?}");
        let fast = queues.start_move(&arn("dead"), None, Some(501)).await;
        assert!(matches!(fast, Err(QueueError::InvalidValue { .. })), "{fast:?}");
    });
}
