//! Receives that wait.

use tokio::task::JoinHandle;

use super::*;
use crate::{Change, QueueError};

const WAIT: Duration = Duration::from_secs(20);

fn waiting(queues: &Arc<Queues>, most: usize) -> JoinHandle<Result<Vec<Received>, QueueError>> {
    let queues = Arc::clone(queues);
    let ask = Receive { wait: Some(WAIT), ..Receive::up_to(most) };
    tokio::spawn(async move { queues.receive(&name("jobs"), ask).await })
}

async fn got(task: JoinHandle<Result<Vec<Received>, QueueError>>) -> Vec<String> {
    let messages = task.await.expect("no panic").expect("received");
    messages.into_iter().map(|message| message.body).collect()
}

/// Seconds that `future` took.
async fn took<T>(queues: &Queues, future: impl Future<Output = T>) -> (T, f64) {
    let before = queues.clock.moment();
    let value = future.await;
    (value, queues.clock.moment().since(before).as_secs_f64().round())
}

#[test]
fn a_receive_waits_for_a_message_or_for_its_time() {
    run(async {
        let queues = queues(vec![queue("jobs")]).await;
        assert_eq!(took(&queues, got(waiting(&queues, 1))).await, (vec![], 20.0));
        let task = waiting(&queues, 1);
        pass(5).await;
        queues.send(&name("jobs"), body("a")).await.expect("sent");
        let (messages, seconds) = took(&queues, got(task)).await;
        assert_eq!((messages, seconds), (vec!["a".to_owned()], 0.0));
    });
}

#[test]
fn who_waited_longest_is_served_first() {
    run(async {
        let queues = queues(vec![queue("jobs")]).await;
        let mut tasks = Vec::new();
        for _ in 0..3 {
            tasks.push(waiting(&queues, 1));
            pass(1).await;
        }
        for text in ["a", "b", "c"] {
            queues.send(&name("jobs"), body(text)).await.expect("sent");
            pass(1).await;
        }
        let mut order = Vec::new();
        for task in tasks {
            order.extend(got(task).await);
        }
        assert_eq!(order, ["a", "b", "c"]);
    });
}

#[test]
fn a_batch_wakes_as_many_as_it_serves() {
    run(async {
        let queues = queues(vec![queue("jobs")]).await;
        let tasks: Vec<_> = (0..3).map(|_| waiting(&queues, 1)).collect();
        pass(1).await;
        let batch = ["a", "b", "c"].map(body).to_vec();
        queues.send_batch(&name("jobs"), batch).await.expect("sent");
        for task in tasks {
            let (messages, seconds) = took(&queues, got(task)).await;
            assert_eq!((messages.len(), seconds), (1, 0.0));
        }
    });
}

#[test]
fn what_becomes_visible_by_itself_ends_a_wait() {
    run(async {
        let queues = queues(vec![queue("jobs")]).await;
        let delayed = Outgoing { delay: Some(Duration::from_secs(7)), ..body("late") };
        let tasks = [waiting(&queues, 1), waiting(&queues, 1)];
        pass(1).await;
        queues.send(&name("jobs"), delayed).await.expect("sent");
        let [first, second] = tasks;
        let ((first, second), seconds) =
            took(&queues, async { (got(first).await, got(second).await) }).await;
        // The second wait goes on to its end.
        assert_eq!((first, second, seconds), (vec!["late".to_owned()], vec![], 19.0));
        // Received at eight seconds, visible again at thirty-eight.
        let (messages, seconds) = took(&queues, got(waiting(&queues, 1))).await;
        assert_eq!((messages, seconds), (vec!["late".to_owned()], 18.0));
    });
}

#[test]
fn a_message_given_back_ends_a_wait_at_once() {
    run(async {
        let queues = queues(vec![queue("jobs")]).await;
        queues.send(&name("jobs"), body("a")).await.expect("sent");
        let receipt_handle = receive(&queues, "jobs").await.remove(0).receipt_handle;
        let task = waiting(&queues, 1);
        pass(2).await;
        let change = Change { receipt_handle, visibility: Duration::ZERO };
        queues.change_visibility(&name("jobs"), change).await.expect("changed");
        assert_eq!(took(&queues, got(task)).await, (vec!["a".to_owned()], 0.0));
    });
}

#[test]
fn who_leaves_takes_no_wake_up_along() {
    run(async {
        let queues = queues(vec![queue("jobs")]).await;
        let leaves = waiting(&queues, 1);
        pass(1).await;
        let stays = waiting(&queues, 1);
        pass(1).await;
        queues.send(&name("jobs"), body("a")).await.expect("sent");
        // It is woken, and has not looked yet.
        leaves.abort();
        let (messages, seconds) = took(&queues, got(stays)).await;
        assert_eq!((messages, seconds), (vec!["a".to_owned()], 0.0));
    });
}

#[test]
fn a_queue_that_goes_ends_its_waits() {
    run(async {
        let queues = queues(vec![queue("jobs")]).await;
        let task = waiting(&queues, 1);
        pass(1).await;
        queues.install(vec![]).await.expect("installed");
        let ended = task.await.expect("no panic");
        assert_eq!(ended, Err(QueueError::NoSuchQueue("jobs".to_owned())));
    });
}

#[test]
fn who_waits_gets_the_next_once_fewer_are_in_flight_and_who_does_not_is_told() {
    run(async {
        let clock = Arc::new(Paused(Instant::now()));
        let mut full = Queues::new(Arc::new(Memory::default()), clock, Account::default(), 7);
        full.most_in_flight = 2;
        full.install(vec![queue("jobs")]).await.expect("installed");
        let queues = Arc::new(full);
        for text in ["a", "b", "c", "d"] {
            queues.send(&name("jobs"), body(text)).await.expect("sent");
        }
        let held = receive(&queues, "jobs").await;
        assert_eq!(bodies(&held), ["a", "b"]);
        let refused = queues.receive(&name("jobs"), Receive::up_to(10)).await;
        let over = QueueError::OverLimit { queue: "jobs".to_owned(), most: 2 };
        assert_eq!(refused, Err(over));
        assert_eq!(took(&queues, got(waiting(&queues, 1))).await, (vec![], 20.0));
        let tasks = [waiting(&queues, 1), waiting(&queues, 1)];
        pass(3).await;
        let handles: Vec<&str> = held.iter().map(|it| it.receipt_handle.as_str()).collect();
        queues.delete_batch(&name("jobs"), &handles).await.expect("deleted");
        let [first, second] = tasks;
        let (messages, seconds) =
            took(&queues, async { (got(first).await, got(second).await) }).await;
        assert_eq!(messages, (vec!["c".to_owned()], vec!["d".to_owned()]));
        assert_eq!(seconds, 0.0);
    });
}
