//! Event source mappings, as the actions on them share them.

mod check;
mod settings;
mod shown;
pub(crate) mod timeout;

use http::StatusCode;
use model::{ChangeRefused, EventSourceMapping, Kept, Snapshot};

use super::problem::{self, invalid};
use crate::error::AwsError;

pub(super) use check::check;
pub(super) use settings::Settings;
pub(super) use shown::{Shown, State};

pub(super) const PATH: &str = "/2015-03-31/event-source-mappings";

pub(super) fn find<'a>(
    seen: &'a Snapshot,
    id: &str,
) -> Result<(&'a EventSourceMapping, &'a Kept), AwsError> {
    seen.find::<EventSourceMapping>(id).ok_or_else(|| {
        let message = "The resource you requested does not exist.";
        AwsError::user(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
    })
}

/// A change that is not made.
pub(super) fn refused(refused: ChangeRefused) -> AwsError {
    match refused {
        ChangeRefused::Dangling { to, .. } if to.service() == "lambda" => {
            super::invoke::not_found(to.as_str())
        }
        ChangeRefused::Dangling { .. } => no_queue(),
        ChangeRefused::Refused(problem) => invalid(problem),
        ChangeRefused::Outdated(_) => problem::conflict(refused.to_string()),
        ChangeRefused::Unavailable(_) => AwsError::service("ServiceException", refused.to_string()),
    }
}

pub(super) fn no_queue() -> AwsError {
    invalid(
        "Error occurred while ReceiveMessage. SQS Error Code: \
         AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not \
         exist.",
    )
}
