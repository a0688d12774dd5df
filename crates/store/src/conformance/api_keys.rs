//! Promises about API keys.

use model::{ApiKey, ApiKeyId, ApiKeyName, Digest, KeyValue, Origin, Timestamp, UsagePlanName};

use super::audit::line;
use crate::{AuditQuery, KeyChange, Store, StoreError};

/// A key whose values are those of `texts`.
fn key(id: &str, name: &str, texts: &[&str]) -> ApiKey {
    let value = |text: &&str| KeyValue {
        digest: Digest::of(text.as_bytes()),
        prefix: text.chars().take(4).collect(),
        since: Timestamp(7),
        until: None,
    };
    ApiKey {
        id: ApiKeyId::known(id),
        name: ApiKeyName::parse(name).expect("a name"),
        origin: Origin::Operator,
        plans: Vec::new(),
        values: texts.iter().map(value).collect(),
        enabled: true,
        expires: None,
        created: Timestamp(5),
        updated: Timestamp(6),
    }
}

async fn keep(store: &impl Store, key: ApiKey) -> Result<(), StoreError> {
    let change = KeyChange::Keep(Box::new(key));
    store.change_api_keys(vec![(change, line("create key", "key"))]).await
}

async fn names(store: &impl Store) -> Vec<String> {
    let keys = store.api_keys().await.expect("keys");
    keys.iter().map(|key| key.name.to_string()).collect()
}

pub async fn keys_come_back_as_they_were_kept(store: &impl Store) {
    let plan = |name| UsagePlanName::parse(name).expect("a name");
    let mut full = key("b", "partner", &["new value", "old value"]);
    full.plans = vec![plan("gold"), plan("basic")];
    full.values[1].until = Some(Timestamp(99));
    full.enabled = false;
    full.expires = Some(Timestamp(1_700_000_000_000));
    full.origin = Origin::Manifest;
    let plain = key("a", "zoe", &[]);
    keep(store, plain.clone()).await.expect("kept");
    keep(store, full.clone()).await.expect("kept");
    assert_eq!(store.api_keys().await.expect("keys"), [full, plain], "by name, values in order");
}

pub async fn a_key_is_replaced_by_its_id(store: &impl Store) {
    keep(store, key("a", "partner", &["one"])).await.expect("kept");
    let renamed = key("a", "friend", &["two", "one"]);
    keep(store, renamed.clone()).await.expect("kept");
    assert_eq!(store.api_keys().await.expect("keys"), [renamed]);
}

pub async fn forgotten_keys_are_gone_and_their_names_free(store: &impl Store) {
    keep(store, key("a", "partner", &["one"])).await.expect("kept");
    for id in ["a", "a", "never was"] {
        let forget = KeyChange::Forget(ApiKeyId::known(id));
        let done = store.change_api_keys(vec![(forget, line("delete key", "key partner"))]).await;
        assert_eq!(done, Ok(()));
    }
    assert_eq!(names(store).await, [""; 0]);
    keep(store, key("b", "partner", &["one"])).await.expect("name and value are free");
}

pub async fn names_and_values_belong_to_one_key(store: &impl Store) {
    keep(store, key("a", "partner", &["long-secret"])).await.expect("kept");
    let taken = keep(store, key("b", "partner", &[])).await;
    let value = "partner".to_owned();
    assert_eq!(taken, Err(StoreError::Taken { what: "key name", value }));
    let Err(StoreError::Taken { what, value }) = keep(store, key("b", "b", &["long-secret"])).await
    else {
        panic!("two keys share a value");
    };
    assert_eq!(what, "key value");
    assert!(!value.contains("long-secret"), "an error tells a secret");
    assert_eq!(names(store).await, ["partner"]);
}

pub async fn changes_of_keys_happen_together_or_not_at_all(store: &impl Store) {
    let keep = |key| (KeyChange::Keep(Box::new(key)), line("create key", "key"));
    let first = keep(key("a", "one", &["1"]));
    let clash = keep(key("b", "one", &["2"]));
    let refused = store.change_api_keys(vec![first.clone(), clash]).await;
    assert!(matches!(refused, Err(StoreError::Taken { .. })), "{refused:?}");
    assert_eq!(names(store).await, [""; 0]);
    let lines = store.audit(AuditQuery::default()).await.expect("lines");
    assert_eq!(lines, [], "a change that was refused leaves no line");
    let both = vec![first, keep(key("b", "two", &["2"]))];
    store.change_api_keys(both).await.expect("kept");
    assert_eq!(names(store).await, ["one", "two"]);
}

pub async fn values_move_between_keys_in_one_change(store: &impl Store) {
    keep(store, key("a", "old", &["value"])).await.expect("kept");
    let changes = vec![
        (KeyChange::Forget(ApiKeyId::known("a")), line("delete key", "key old")),
        (KeyChange::Keep(Box::new(key("b", "new", &["value"]))), line("create key", "key new")),
    ];
    store.change_api_keys(changes).await.expect("the order of changes counts");
    assert_eq!(names(store).await, ["new"]);
}
