//! Decides what has to change for the kept keys to be those that a manifest declares.

use std::collections::{BTreeMap, BTreeSet};

use model::{ApiKey, ApiKeyId, ApiKeyName, DeclaredKey, GivenValue, KeyValue, Origin, Timestamp};
use store::{AuditLine, KeyChange};

use super::{KeyError, MANIFEST, listed, subject};

type Change = (KeyChange, AuditLine);

/// Keys that go come first: their names and values may belong to others now.
pub(super) fn changes(
    declared: &BTreeMap<ApiKeyName, DeclaredKey>,
    kept: &[ApiKey],
    held: &BTreeSet<ApiKeyName>,
    now: Timestamp,
) -> Result<Vec<Change>, KeyError> {
    let of_manifest = |key: &&ApiKey| key.origin == Origin::Manifest;
    let is_gone = |key: &&ApiKey| !declared.contains_key(&key.name) && !held.contains(&key.name);
    let gone = kept.iter().filter(of_manifest).filter(is_gone);
    let mut changes: Vec<Change> = gone
        .map(|key| {
            let line = line(now, "delete key", key, "the manifest has it no more".to_owned());
            (KeyChange::Forget(key.id.clone()), line)
        })
        .collect();
    for wanted in declared.values() {
        match kept.iter().find(|key| key.name == wanted.name) {
            None => changes.push(created(wanted, now)),
            Some(key) if key.origin == Origin::Operator => {
                return Err(KeyError::Refused(format!(
                    "the manifest declares the key `{name}`, which was created on this server; \
                     delete that with `tidegate keys delete {name} --yes`, or choose another name",
                    name = key.name
                )));
            }
            Some(key) => changes.extend(changed(wanted, key, now)),
        }
    }
    Ok(changes)
}

fn created(wanted: &DeclaredKey, now: Timestamp) -> Change {
    let key = ApiKey {
        id: ApiKeyId::of_declared(&wanted.name),
        name: wanted.name.clone(),
        origin: Origin::Manifest,
        plans: wanted.plans.clone(),
        values: wanted.value.iter().map(|value| given(value, now)).collect(),
        enabled: wanted.enabled,
        expires: wanted.expires,
        created: now,
        updated: now,
    };
    let line = line(now, "create key", &key, format!("in {}", listed(&key.plans)));
    (KeyChange::Keep(Box::new(key)), line)
}

/// What the manifest closes is closed. Otherwise that is up to operators: a reload never opens what they have closed.
fn changed(wanted: &DeclaredKey, key: &ApiKey, now: Timestamp) -> Option<Change> {
    let mut fresh = key.clone();
    let mut details = Vec::new();
    if key.plans != wanted.plans {
        fresh.plans.clone_from(&wanted.plans);
        details.push(format!("now in {}", listed(&wanted.plans)));
    }
    if key.enabled && !wanted.enabled {
        fresh.enabled = false;
        details.push("disabled".to_owned());
    }
    if key.expires != wanted.expires {
        fresh.expires = wanted.expires;
        details
            .push(wanted.expires.map_or("never expires".to_owned(), |at| format!("expires {at}")));
    }
    if let Some(value) = &wanted.value
        && key.values.first().is_none_or(|newest| newest.digest != value.digest)
    {
        fresh = fresh.rotated(given(value, now), wanted.overlap, now);
        details.push(format!("another value, {}...", value.prefix));
    }
    if details.is_empty() {
        return None;
    }
    fresh.updated = now;
    let line = line(now, "change key", key, details.join("; "));
    Some((KeyChange::Keep(Box::new(fresh)), line))
}

fn given(value: &GivenValue, now: Timestamp) -> KeyValue {
    KeyValue { digest: value.digest, prefix: value.prefix.clone(), since: now, until: None }
}

fn line(at: Timestamp, action: &str, key: &ApiKey, detail: String) -> AuditLine {
    let (actor, action) = (MANIFEST.to_owned(), action.to_owned());
    AuditLine { at, actor, action, subject: subject(key), detail }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{Digest, UsagePlanName};

    use super::*;

    fn declared(name: &str, plan: &str, value: Option<&str>) -> DeclaredKey {
        let given =
            |text: &str| GivenValue { digest: Digest::of(text.as_bytes()), prefix: text.into() };
        DeclaredKey {
            name: ApiKeyName::parse(name).expect("a name"),
            plans: vec![UsagePlanName::parse(plan).expect("a name")],
            value: value.map(given),
            overlap: Duration::from_secs(60),
            expires: None,
            enabled: true,
        }
    }

    fn decided(wanted: &[DeclaredKey], kept: &[ApiKey], now: u64) -> Result<Vec<Change>, String> {
        let wanted = wanted.iter().map(|key| (key.name.clone(), key.clone())).collect();
        changes(&wanted, kept, &BTreeSet::new(), Timestamp(now)).map_err(|error| error.to_string())
    }

    fn told(changes: &[Change]) -> Vec<String> {
        let text =
            |(_, line): &Change| format!("{} {}: {}", line.action, line.subject, line.detail);
        changes.iter().map(text).collect()
    }

    fn kept(changes: &[Change]) -> Vec<ApiKey> {
        let keys = changes.iter().filter_map(|(change, _)| match change {
            KeyChange::Keep(key) => Some((**key).clone()),
            KeyChange::Forget(_) => None,
        });
        keys.collect()
    }

    #[test]
    fn an_unchanged_manifest_changes_nothing() {
        let wanted = [declared("partner", "basic", Some("aaaa")), declared("made", "basic", None)];
        let first = decided(&wanted, &[], 1).expect("changes");
        assert_eq!(
            told(&first),
            ["create key key made: in `basic`", "create key key partner: in `basic`"]
        );
        assert_eq!(decided(&wanted, &kept(&first), 2), Ok(Vec::new()));
    }

    #[test]
    fn another_value_rotates_with_the_declared_overlap() {
        let before =
            kept(&decided(&[declared("p", "basic", Some("aaaa"))], &[], 1).expect("changes"));
        let after = decided(&[declared("p", "basic", Some("bbbb"))], &before, 5).expect("changes");
        assert_eq!(told(&after), ["change key key p: another value, bbbb..."]);
        let values = &kept(&after)[0].values;
        let until: Vec<_> = values.iter().map(|value| (&*value.prefix, value.until)).collect();
        assert_eq!(until, [("bbbb", None), ("aaaa", Some(Timestamp(60_005)))]);
    }

    #[test]
    fn what_operators_did_stays() {
        let mut before = kept(&decided(&[declared("p", "basic", None)], &[], 1).expect("changes"));
        before[0].enabled = false;
        before[0].values =
            vec![given(&declared("x", "y", Some("made")).value.expect("given"), Timestamp(2))];
        let after = kept(&decided(&[declared("p", "gold", None)], &before, 5).expect("changes"));
        assert!(!after[0].enabled);
        assert_eq!(after[0].values, before[0].values);
        assert_eq!(after[0].plans[0].as_str(), "gold");
    }

    #[test]
    fn what_the_manifest_closes_is_closed_and_only_operators_open_it() {
        let open = declared("p", "basic", None);
        let closed = DeclaredKey { enabled: false, ..open.clone() };
        let made = kept(&decided(std::slice::from_ref(&closed), &[], 1).expect("changes"));
        assert!(!made[0].enabled);
        let opened = [made[0].clone().switched(true, Timestamp(2))];
        let changes = decided(&[closed], &opened, 3).expect("changes");
        assert_eq!(told(&changes), ["change key key p: disabled"]);
        assert_eq!(decided(&[open], &kept(&changes), 4), Ok(Vec::new()));
    }

    #[test]
    fn keys_that_go_make_room_first() {
        let before =
            kept(&decided(&[declared("old", "basic", Some("aaaa"))], &[], 1).expect("changes"));
        let after =
            decided(&[declared("new", "basic", Some("aaaa"))], &before, 2).expect("changes");
        let expected =
            ["delete key key old: the manifest has it no more", "create key key new: in `basic`"];
        assert_eq!(told(&after), expected);
    }

    #[test]
    fn operators_keys_are_left_alone() {
        let mut theirs = kept(&decided(&[declared("p", "basic", None)], &[], 1).expect("changes"));
        theirs[0].origin = Origin::Operator;
        assert_eq!(decided(&[], &theirs, 2), Ok(Vec::new()));
        let refused = decided(&[declared("p", "basic", None)], &theirs, 2).expect_err("refused");
        assert!(refused.contains("`tidegate keys delete p --yes`"), "{refused}");
    }
}
