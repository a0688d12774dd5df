//! Revision ids: who sends one wants the change only if nobody else made one meanwhile.

use functions::Described;
use http::StatusCode;
use model::{
    FunctionConfiguration, FunctionName, FunctionVersion, Kept, MadeFunction, PublishedVersion,
    RequestId, ResourceId, Snapshot,
};
use sha2::{Digest, Sha256};

use crate::error::AwsError;

/// Of a function's configuration. It changes with the function and with whatever is told of it.
pub(super) fn of_function(all: &Snapshot, described: &Described) -> String {
    let name = &described.function.name;
    let kept = match described.version {
        FunctionVersion::Latest => all.find::<MadeFunction>(name).map(|(_, kept)| kept),
        FunctionVersion::Published(number) => {
            let id = PublishedVersion::id(name, number);
            all.find::<PublishedVersion>(id).map(|(_, kept)| kept)
        }
    };
    // What is kept of a stack's function, as of its code, is in the digest.
    let kept = kept.map(of_kept).unwrap_or_default();
    id_of(format!("{name} {} {kept}", described.digest).as_bytes())
}

/// Of something that is kept under a revision of its own. No other has it, nor what is made under its name once it is
/// gone.
pub(super) fn of_kept(kept: &Kept) -> String {
    let Kept { resource, revision, created, .. } = kept;
    let content = serde_json::to_string(resource).expect("resources are structs with text keys");
    id_of(format!("{created} {revision} {content}").as_bytes())
}

fn id_of(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let half = digest.first_chunk().expect("of 32 bytes");
    RequestId::from_random(u128::from_be_bytes(*half)).to_string()
}

/// Whether nobody changed a function, whoever declared it, between two looks at what there is.
pub(super) fn is_unchanged(function: &FunctionName, before: &Snapshot, now: &Snapshot) -> bool {
    let kept =
        |all: &Snapshot, id: &ResourceId| all.kept(id).map(|kept| (kept.created, kept.revision));
    let ids = [
        ResourceId::of::<MadeFunction>(function),
        ResourceId::of::<FunctionConfiguration>(function),
    ];
    ids.iter().all(|id| kept(before, id) == kept(now, id))
}

pub(super) fn check(given: Option<&str>, now: &str) -> Result<(), AwsError> {
    match given {
        Some(given) if given != now => Err(AwsError::user(
            StatusCode::PRECONDITION_FAILED,
            "PreconditionFailedException",
            "The RevisionId provided does not match the latest RevisionId. Call the \
             GetFunction/GetAlias/GetPolicy API to retrieve the latest Revision Id",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use model::{FunctionPolicy, Origin, Qualifier, Timestamp};

    use super::*;

    fn policy(statement: &str, created: u64, revision: u64) -> Kept {
        let policy = FunctionPolicy {
            function: FunctionName::parse("f").expect("a name"),
            qualifier: Qualifier::LATEST,
            statements: [(statement.to_owned(), "{}".to_owned())].into(),
        };
        let (created, updated) = (Timestamp(created), Timestamp(9));
        Kept { resource: policy.into(), origin: Origin::Operator, revision, created, updated }
    }

    #[test]
    fn what_is_made_again_has_another_id() {
        let first = of_kept(&policy("a", 1, 1));
        assert_eq!(first, of_kept(&policy("a", 1, 1)));
        for other in [policy("a", 2, 1), policy("a", 1, 2), policy("b", 1, 1)] {
            assert_ne!(first, of_kept(&other), "{other:?}");
        }
    }

    #[test]
    fn a_function_is_unchanged_until_somebody_changes_it() {
        let function = FunctionName::parse("f").expect("a name");
        let snapshot = |configured: Option<(u64, u64)>| -> Snapshot {
            let kept = configured.map(|(created, revision)| Kept {
                resource: FunctionConfiguration::new(function.clone()).into(),
                ..policy("a", created, revision)
            });
            kept.into_iter().chain([policy("a", 1, 1)]).collect()
        };
        let is_unchanged =
            |before, now| super::is_unchanged(&function, &snapshot(before), &snapshot(now));
        assert!(is_unchanged(None, None));
        assert!(is_unchanged(Some((1, 1)), Some((1, 1))));
        for now in [None, Some((1, 2)), Some((2, 1))] {
            assert!(!is_unchanged(Some((1, 1)), now), "{now:?}");
        }
        assert!(!is_unchanged(None, Some((1, 1))));
    }
}
