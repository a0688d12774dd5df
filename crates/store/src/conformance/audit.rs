//! Promises about the audit log.

use model::Timestamp;

use crate::{AuditLine, AuditQuery, KeyChange, Store};

pub(super) fn line(action: &str, subject: &str) -> AuditLine {
    AuditLine {
        at: Timestamp(1_700_000_000_000),
        actor: "admin".to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: "because".to_owned(),
    }
}

async fn actions(store: &impl Store, subject: Option<&str>, most: usize) -> Vec<String> {
    let query = AuditQuery { subject: subject.map(str::to_owned), most };
    let lines = store.audit(query).await.expect("lines");
    lines.into_iter().map(|line| line.action).collect()
}

pub async fn audit_lines_come_latest_first(store: &impl Store) {
    let mut first = line("first", "key a");
    // The order is that of noting, whatever the clock did.
    first.at = Timestamp(1_800_000_000_000);
    store.note(first.clone()).await.expect("noted");
    store.note(line("second", "key a")).await.expect("noted");
    assert_eq!(actions(store, None, 0).await, ["second", "first"]);
    assert_eq!(actions(store, None, 1).await, ["second"]);
    let lines = store.audit(AuditQuery::default()).await.expect("lines");
    assert_eq!(lines[1], first, "lines come back as they were noted");
}

pub async fn audit_lines_are_found_by_subject(store: &impl Store) {
    for (action, subject) in [("one", "key a"), ("two", "key b"), ("three", "key a")] {
        store.note(line(action, subject)).await.expect("noted");
    }
    assert_eq!(actions(store, Some("key a"), 0).await, ["three", "one"]);
    assert_eq!(actions(store, Some("key"), 0).await, [""; 0]);
}

pub async fn a_change_of_keys_leaves_its_lines(store: &impl Store) {
    let forget = |id| KeyChange::Forget(model::ApiKeyId::known(id));
    let changes = vec![(forget("a"), line("one", "key a")), (forget("b"), line("two", "key b"))];
    store.change_api_keys(changes).await.expect("changed");
    assert_eq!(actions(store, None, 0).await, ["two", "one"]);
}
