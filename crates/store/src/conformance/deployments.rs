//! Promises about deployments.

use model::Timestamp;

use super::audit::line;
use crate::deployments::KEPT_REVISIONS;
use crate::{AuditQuery, Deployment, DeploymentChange, Store, StoreError};

fn deployment(name: &str, revision: u64) -> Deployment {
    Deployment {
        name: name.to_owned(),
        revision,
        bundle: format!("bundle of {name} {revision}"),
        source: "tidegate.yaml".to_owned(),
        inputs: "sealed".to_owned(),
        at: Timestamp(5 + revision),
        by: "ada@\u{1f30a}".to_owned(),
        reason: "deploy".to_owned(),
    }
}

async fn deploy(store: &impl Store, name: &str, revision: u64) -> Result<(), StoreError> {
    let change = DeploymentChange::Deploy(Box::new(deployment(name, revision)));
    store.change_deployment(change, line("deploy", name)).await
}

async fn destroy(store: &impl Store, name: &str, revision: u64) -> Result<(), StoreError> {
    let change = DeploymentChange::Destroy { name: name.to_owned(), revision };
    store.change_deployment(change, line("destroy", name)).await
}

async fn kept(store: &impl Store) -> Vec<(String, u64)> {
    let all = store.deployments().await.expect("deployments");
    all.into_iter().map(|one| (one.name, one.revision)).collect()
}

fn taken(value: &str) -> Result<(), StoreError> {
    Err(StoreError::Taken { what: "revision", value: value.to_owned() })
}

pub async fn deployments_come_back_by_name_and_latest_first(store: &impl Store) {
    for (name, revision) in [("shop", 1), ("blog", 1), ("shop", 2), ("shop@dev", 1)] {
        deploy(store, name, revision).await.expect("deployed");
    }
    let expected = [("blog", 1), ("shop", 2), ("shop", 1), ("shop@dev", 1)];
    let expected = expected.map(|(name, revision)| deployment(name, revision));
    assert_eq!(store.deployments().await.expect("deployments"), expected);
}

pub async fn who_deploys_on_an_older_revision_is_told(store: &impl Store) {
    assert_eq!(deploy(store, "shop", 2).await, taken("shop 2"));
    deploy(store, "shop", 1).await.expect("deployed");
    assert_eq!(deploy(store, "shop", 1).await, taken("shop 1"));
    assert_eq!(destroy(store, "shop", 2).await, taken("shop 2"));
    assert_eq!(destroy(store, "blog", 1).await, taken("blog 1"));
    assert_eq!(kept(store).await, [("shop".to_owned(), 1)]);
    let lines = store.audit(AuditQuery::default()).await.expect("lines");
    assert_eq!(lines.len(), 1, "what was refused leaves no line");
}

pub async fn a_destroyed_deployment_is_forgotten_whole(store: &impl Store) {
    deploy(store, "shop", 1).await.expect("deployed");
    deploy(store, "shop", 2).await.expect("deployed");
    deploy(store, "shop@dev", 1).await.expect("deployed");
    destroy(store, "shop", 2).await.expect("destroyed");
    assert_eq!(kept(store).await, [("shop@dev".to_owned(), 1)]);
    deploy(store, "shop", 1).await.expect("its name is free");
}

pub async fn only_the_latest_revisions_are_kept(store: &impl Store) {
    deploy(store, "blog", 1).await.expect("deployed");
    for revision in 1..=KEPT_REVISIONS + 2 {
        deploy(store, "shop", revision).await.expect("deployed");
    }
    let all = kept(store).await;
    let revisions = all.iter().filter(|(name, _)| name == "shop").map(|(_, revision)| *revision);
    assert!(revisions.eq((3..=KEPT_REVISIONS + 2).rev()), "{all:?}");
    assert!(all.contains(&("blog".to_owned(), 1)));
}
