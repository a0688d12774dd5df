//! Promises about asynchronous invocations.

use std::collections::BTreeSet;

use model::{FunctionName, FunctionVersion, Qualifier, Timestamp};

use crate::{Backlog, Due, KeptInvocation, Progress, Store};

fn name(text: &str) -> FunctionName {
    FunctionName::parse(text).expect("a name")
}

fn invocation(function: &str, id: &str, due: u64) -> KeptInvocation {
    KeptInvocation {
        number: 0,
        request_id: id.to_owned(),
        function: name(function),
        qualifier: Qualifier::LATEST,
        event: format!("{{\"id\":\"{id}\"}}").into_bytes(),
        client: None,
        trace: "Root=1-0-0".to_owned(),
        accepted: Timestamp(due),
        progress: Progress { due: Timestamp(due), ..Progress::default() },
    }
}

async fn keep(store: &impl Store, function: &str, id: &str, due: u64) -> u64 {
    store.keep_invocation(invocation(function, id, due)).await.expect("kept")
}

async fn due(store: &impl Store, function: &str, now: u64, under_way: &[u64], most: usize) -> Due {
    let under_way: BTreeSet<u64> = under_way.iter().copied().collect();
    let due = store.due_invocations(name(function), Timestamp(now), under_way, most);
    due.await.expect("found")
}

fn ids(due: &Due) -> Vec<&str> {
    due.now.iter().map(|kept| kept.request_id.as_str()).collect()
}

pub async fn invocations_come_back_as_they_were_kept(store: &impl Store) {
    let kept = KeptInvocation {
        qualifier: Qualifier::Version(FunctionVersion::Published(7)),
        client: Some(b"{\"custom\":{}}".to_vec()),
        progress: Progress {
            due: Timestamp(5),
            runs: 2,
            refusals: 3,
            owed: Some(b"owed".to_vec()),
        },
        ..invocation("f", "a", 5)
    };
    let number = store.keep_invocation(kept.clone()).await.expect("kept");
    let found = due(store, "f", 5, &[], 10).await;
    assert_eq!(found, Due { now: vec![KeptInvocation { number, ..kept }], next: None });
}

pub async fn invocations_are_due_in_their_order_and_by_function(store: &impl Store) {
    for (function, id, at) in
        [("f", "late", 30), ("f", "first", 10), ("g", "other", 10), ("f", "second", 10)]
    {
        keep(store, function, id, at).await;
    }
    assert_eq!(ids(&due(store, "f", 9, &[], 10).await), [""; 0]);
    assert_eq!(due(store, "f", 9, &[], 10).await.next, Some(Timestamp(10)));
    let found = due(store, "f", 10, &[], 10).await;
    assert_eq!((ids(&found), found.next), (vec!["first", "second"], Some(Timestamp(30))));
    assert_eq!(ids(&due(store, "f", 99, &[], 2).await), ["first", "second"]);
    assert_eq!(ids(&due(store, "g", 99, &[], 2).await), ["other"]);
}

pub async fn invocations_under_way_are_passed_over(store: &impl Store) {
    let first = keep(store, "f", "first", 1).await;
    let second = keep(store, "f", "second", 1).await;
    assert!(second > first);
    assert_eq!(ids(&due(store, "f", 1, &[first], 1).await), ["second"]);
    let none = due(store, "f", 1, &[first, second], 1).await;
    assert_eq!(none, Due::default());
}

pub async fn invocations_are_postponed_and_forgotten(store: &impl Store) {
    let number = keep(store, "f", "a", 1).await;
    let progress = Progress { due: Timestamp(70), runs: 1, refusals: 0, owed: None };
    store.postpone_invocation(number, progress.clone()).await.expect("noted");
    store.postpone_invocation(number + 1, progress.clone()).await.expect("nothing to note");
    assert_eq!(due(store, "f", 69, &[], 9).await.next, Some(Timestamp(70)));
    assert_eq!(due(store, "f", 70, &[], 9).await.now[0].progress, progress);
    for _ in 0..2 {
        store.forget_invocation(number).await.expect("forgotten");
        assert_eq!(due(store, "f", 99, &[], 9).await, Due::default());
    }
}

pub async fn backlogs_are_counted_by_function(store: &impl Store) {
    assert_eq!(store.backlogs().await, Ok(Vec::new()));
    for (function, at) in [("g", 9), ("f", 30), ("f", 10)] {
        keep(store, function, "x", at).await;
    }
    let backlog = |function, count, oldest| Backlog {
        function: name(function),
        count,
        oldest: Timestamp(oldest),
    };
    assert_eq!(store.backlogs().await, Ok(vec![backlog("f", 2, 10), backlog("g", 1, 9)]));
}
