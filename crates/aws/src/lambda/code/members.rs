//! What members of functions' inputs may be, each for itself.

use super::Wanted;
use crate::constraint::Broken;
use crate::error::AwsError;
use crate::lambda::configuration::architecture;
use crate::lambda::problem::invalid;
use crate::role::is_functions_role;

/// As the model of the actions has their members.
pub(super) fn check(wanted: &Wanted) -> Result<(), AwsError> {
    let mut broken = Broken::default();
    if let Some(role) = &wanted.role {
        broken.pattern(role, "role", ROLE, is_functions_role(role));
    }
    if let Some(handler) = &wanted.handler {
        let is_word = !handler.is_empty() && !handler.contains(char::is_whitespace);
        broken.pattern(handler, "handler", r"[^\s]+", is_word);
        broken.at_most(handler, "handler", 128);
    }
    if let Some(description) = &wanted.description {
        broken.at_most(description, "description", 256);
    }
    if let Some(seconds) = wanted.timeout {
        broken.within(seconds, "timeout", 1..=900);
    }
    if let Some(megabytes) = wanted.memory_size {
        broken.within(megabytes, "memorySize", 128..=10_240);
    }
    if let Some(kind) =
        wanted.package_type.as_ref().filter(|it| !matches!(it.as_str(), "Zip" | "Image"))
    {
        broken.not_in(kind, "packageType", "[Zip, Image]");
    }
    broken.refuse()
}

const ROLE: &str = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+";

pub(super) fn check_architectures(given: Option<&[String]>) -> Result<(), AwsError> {
    let own = architecture();
    match given.and_then(|given| given.iter().find(|given| **given != own)) {
        Some(other) => Err(invalid(format!("this server runs {own} programs, not {other}"))),
        None => Ok(()),
    }
}
