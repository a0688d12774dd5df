//! Which of AWS's services answer here, and what each of them speaks.

use http::StatusCode;

use crate::action::Operation;
use crate::error::AwsError;
use crate::protocol::{MOST_BYTES, query};

/// A service and its actions. A new one is added to [`ALL`].
pub(crate) struct Service {
    /// For which signatures are made: `sqs`.
    pub(crate) name: &'static str,
    /// `X-Amz-Target: <target>.<action>`, if it speaks awsJson.
    pub(crate) target: Option<&'static str>,
    /// What stands before an error's name in awsJson: `com.amazonaws.sqs#`, or nothing.
    pub(crate) errors: &'static str,
    /// How it speaks awsQuery, if it does.
    pub(crate) query: Option<query::Voice>,
    /// What it says of a member that must be there.
    pub(crate) missing: fn(member: &str) -> AwsError,
    /// What it says of a request that is larger than any of its actions takes.
    pub(crate) too_large: fn() -> AwsError,
    pub(crate) actions: &'static [Operation],
}

pub(crate) static ALL: &[&Service] = &[
    &crate::events::SERVICE,
    &crate::lambda::SERVICE,
    &crate::logs::SERVICE,
    &crate::scheduler::SERVICE,
    &crate::sns::SERVICE,
    &crate::sqs::SERVICE,
    &crate::ssm::SERVICE,
    &crate::sts::SERVICE,
];

impl Service {
    /// Without protocols and actions, for a service's table to start from.
    pub(crate) const NEW: Self = Self {
        name: "",
        target: None,
        errors: "",
        query: None,
        missing: AwsError::null,
        too_large,
        actions: &[],
    };

    pub(crate) fn operation(&self, name: &str) -> Option<&'static Operation> {
        self.actions.iter().find(|operation| operation.name == name)
    }
}

fn too_large() -> AwsError {
    let message = format!("the request is over the limit of {MOST_BYTES} bytes");
    AwsError::user(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", message)
}

#[cfg(test)]
mod driven;
#[cfg(test)]
pub(crate) mod members;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_a_name() {
        for service in ALL {
            let actions: Vec<_> = service.actions.iter().map(|action| action.name).collect();
            assert!(!service.name.is_empty(), "the service of {actions:?}");
        }
    }
}
