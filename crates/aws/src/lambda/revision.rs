//! Revision ids: who sends one wants the change only if nobody else made one meanwhile.

use functions::Described;
use http::StatusCode;
use model::{
    FunctionConfiguration, FunctionName, FunctionVersion, MadeFunction, RequestId, ResourceId,
    Snapshot,
};

use crate::error::AwsError;

/// Of a function's configuration. It changes with the function and with whatever is told of it.
pub(super) fn of_function(all: &Snapshot, described: &Described) -> String {
    let digest = described.digest.get(..32).and_then(|hex| u128::from_str_radix(hex, 16).ok());
    let kept = match described.version {
        FunctionVersion::Latest => all.find::<MadeFunction>(&described.function.name),
        FunctionVersion::Published(_) => None,
    };
    let changes = kept.map_or(0, |(_, kept)| kept.revision);
    RequestId::from_random(digest.unwrap_or_default() ^ u128::from(changes)).to_string()
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

/// Of something that is kept under a revision of its own.
pub(super) fn of_kept(revision: u64) -> String {
    RequestId::from_random(u128::from(revision)).to_string()
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
