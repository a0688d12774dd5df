//! A manifest's stored parameters beside those that are kept, which have a history and sealed secrets.

use std::collections::BTreeMap;

use aws::Seal;
use model::{
    ParameterVersion, Resource, ResourceId, Snapshot, StoredKind, StoredParameter, Timestamp,
};

/// The declared resources as they are to be kept: a parameter whose value is declared anew gets another
/// version, any other stays what it is.
pub(super) fn to_keep(
    declared: &BTreeMap<ResourceId, Resource>,
    before: &Snapshot,
    seal: &dyn Seal,
    now: Timestamp,
) -> BTreeMap<ResourceId, Resource> {
    let kept = |id: &ResourceId, resource: &Resource| {
        let Some(wanted) = resource.get::<StoredParameter>() else { return resource.clone() };
        let known = before.kept(id).and_then(|kept| kept.resource.get::<StoredParameter>());
        versioned(wanted, known, seal, now).into()
    };
    declared.iter().map(|(id, resource)| (id.clone(), kept(id, resource))).collect()
}

fn versioned(
    wanted: &StoredParameter,
    known: Option<&StoredParameter>,
    seal: &dyn Seal,
    now: Timestamp,
) -> StoredParameter {
    if let Some(known) = known.filter(|known| as_declared(known, seal) == *wanted) {
        return known.clone();
    }
    let number = known.map_or(0, |known| known.latest().number) + 1;
    let latest = wanted.latest();
    let value = match wanted.kind {
        StoredKind::SecureString => seal.seal(&latest.value, &wanted.name),
        StoredKind::String | StoredKind::StringList => latest.value.clone(),
    };
    let version = ParameterVersion { number, value, set: now, ..latest.clone() };
    // Values of another type are no history of this one.
    let history = known.filter(|known| known.kind == wanted.kind).cloned();
    match history {
        Some(mut parameter) => {
            parameter.set(version);
            parameter.tags.clone_from(&wanted.tags);
            parameter
        }
        None => StoredParameter { versions: vec![version], ..wanted.clone() },
    }
}

/// A kept resource as a manifest would declare it, secrets open.
pub(super) fn shown(resource: &Resource, seal: &dyn Seal) -> Resource {
    match resource.get::<StoredParameter>() {
        Some(parameter) => as_declared(parameter, seal).into(),
        None => resource.clone(),
    }
}

/// A secret that does not open is none that anybody declared.
fn as_declared(kept: &StoredParameter, seal: &dyn Seal) -> StoredParameter {
    let latest = kept.latest();
    let value = match kept.kind {
        StoredKind::SecureString => seal.open(&latest.value, &kept.name).unwrap_or_default(),
        StoredKind::String | StoredKind::StringList => latest.value.clone(),
    };
    let version = ParameterVersion { number: 0, value, set: Timestamp(0), ..latest.clone() };
    StoredParameter { versions: vec![version], ..kept.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turns secrets around.
    struct Backwards;

    impl Seal for Backwards {
        fn seal(&self, secret: &str, owner: &str) -> String {
            format!("{owner}:{}", secret.chars().rev().collect::<String>())
        }

        fn open(&self, sealed: &str, owner: &str) -> Option<String> {
            let sealed = sealed.strip_prefix(owner)?.strip_prefix(':')?;
            Some(sealed.chars().rev().collect())
        }
    }

    fn declared(kind: StoredKind, value: &str) -> StoredParameter {
        let version = ParameterVersion {
            number: 0,
            value: value.to_owned(),
            set: Timestamp(0),
            description: None,
            allowed_pattern: None,
            is_advanced: false,
        };
        let versions = vec![version];
        StoredParameter { name: "/a".to_owned(), kind, versions, tags: BTreeMap::new() }
    }

    fn values(parameter: &StoredParameter) -> Vec<(u64, &str)> {
        parameter.versions.iter().map(|it| (it.number, it.value.as_str())).collect()
    }

    #[test]
    fn a_value_that_is_declared_anew_is_another_version() {
        let secret = |value| declared(StoredKind::SecureString, value);
        let first = versioned(&secret("one"), None, &Backwards, Timestamp(5));
        assert_eq!(values(&first), [(1, "/a:eno")]);
        let same = versioned(&secret("one"), Some(&first), &Backwards, Timestamp(6));
        assert_eq!(same, first, "the same secret changes nothing");
        let second = versioned(&secret("two"), Some(&first), &Backwards, Timestamp(6));
        assert_eq!(values(&second), [(1, "/a:eno"), (2, "/a:owt")]);
        assert_eq!(as_declared(&second, &Backwards), secret("two"));
        let plain = declared(StoredKind::String, "two");
        let plain = versioned(&plain, Some(&second), &Backwards, Timestamp(7));
        assert_eq!(values(&plain), [(3, "two")]);
    }
}
