//! Promises about resources.

use std::time::Duration;

use model::{Kept, Origin, Queue, QueueName, ResourceId, Timestamp};

use super::audit::line;
use crate::{AuditLine, AuditQuery, KeptChange, Store, StoreError};

fn queue(name: &str, revision: u64) -> Kept {
    Kept {
        resource: Queue::new(QueueName::parse(name).expect("a name")).into(),
        origin: Origin::Operator,
        revision,
        created: Timestamp(5),
        updated: Timestamp(5 + revision),
    }
}

fn keep(kept: &Kept) -> (KeptChange, AuditLine) {
    (KeptChange::Keep(Box::new(kept.clone())), line("set queue", "queue"))
}

fn forget(name: &str, revision: u64) -> (KeptChange, AuditLine) {
    let id = ResourceId::of::<Queue>(name);
    (KeptChange::Forget { id, revision }, line("delete queue", "queue"))
}

async fn names(store: &impl Store) -> Vec<String> {
    let all = store.resources().await.expect("resources");
    all.iter().map(|kept| kept.resource.id().name.to_string()).collect()
}

pub async fn resources_come_back_as_they_were_kept(store: &impl Store) {
    let mut jobs = Queue::new(QueueName::parse("jobs.fifo").expect("a name"));
    jobs.visibility = Duration::from_secs(10);
    jobs.policy = Some("{\"Version\":\"2012-10-17\"}".to_owned());
    jobs.tags.insert("team".to_owned(), "\u{1f30a}".to_owned());
    let mut full = Kept { resource: jobs.into(), ..queue("jobs.fifo", 1) };
    full.origin = Origin::Manifest;
    let plain = queue("dead", 1);
    store.change_resources(vec![keep(&full), keep(&plain)]).await.expect("kept");
    assert_eq!(store.resources().await.expect("resources"), [plain, full], "by id");
}

pub async fn a_resource_is_replaced_by_the_revision_after_it(store: &impl Store) {
    store.change_resources(vec![keep(&queue("jobs", 1))]).await.expect("kept");
    let second = queue("jobs", 2);
    store.change_resources(vec![keep(&second)]).await.expect("kept");
    assert_eq!(store.resources().await.expect("resources"), [second]);
    store.change_resources(vec![forget("jobs", 2)]).await.expect("forgotten");
    assert_eq!(names(store).await, [""; 0]);
    store.change_resources(vec![keep(&queue("jobs", 1))]).await.expect("its name is free");
}

pub async fn who_decided_on_an_older_revision_is_told(store: &impl Store) {
    let outdated = Err(StoreError::Outdated(ResourceId::of::<Queue>("jobs")));
    assert_eq!(store.change_resources(vec![keep(&queue("jobs", 2))]).await, outdated);
    assert_eq!(store.change_resources(vec![forget("jobs", 1)]).await, outdated);
    store.change_resources(vec![keep(&queue("jobs", 1))]).await.expect("kept");
    assert_eq!(store.change_resources(vec![keep(&queue("jobs", 1))]).await, outdated);
    assert_eq!(store.change_resources(vec![forget("jobs", 2)]).await, outdated);
    assert_eq!(names(store).await, ["jobs"]);
}

pub async fn changes_of_resources_happen_together_or_not_at_all(store: &impl Store) {
    let refused = store.change_resources(vec![keep(&queue("a", 1)), forget("b", 3)]).await;
    assert!(matches!(refused, Err(StoreError::Outdated(_))), "{refused:?}");
    assert_eq!(names(store).await, [""; 0]);
    let lines = store.audit(AuditQuery::default()).await.expect("lines");
    assert_eq!(lines, [], "a change that was refused leaves no line");
    let both = vec![keep(&queue("a", 1)), keep(&queue("b", 1)), forget("a", 1)];
    store.change_resources(both).await.expect("the order of changes counts");
    assert_eq!(names(store).await, ["b"]);
    let lines = store.audit(AuditQuery::default()).await.expect("lines");
    assert_eq!(lines.len(), 3);
}
