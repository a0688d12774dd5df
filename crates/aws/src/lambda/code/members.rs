//! What members of functions' inputs may be, each for itself.

use model::Arn;

use super::Wanted;
use crate::error::AwsError;
use crate::lambda::configuration::architecture;
use crate::lambda::constraint::Broken;
use crate::lambda::problem::invalid;

/// As the model of the actions has their members.
pub(super) fn check(wanted: &Wanted) -> Result<(), AwsError> {
    let mut broken = Broken::default();
    if let Some(role) = &wanted.role {
        broken.pattern(role, "role", ROLE, is_role(role));
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
        broken.note(kind, "packageType", "satisfy enum value set: [Zip, Image]");
    }
    broken.refuse()
}

const ROLE: &str = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+";

fn is_role(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    let arn = Arn::parse(text).filter(|arn| (arn.service(), arn.region()) == ("iam", ""));
    let arn = arn.filter(Arn::has_account);
    let name = arn.as_ref().and_then(|arn| arn.resource().strip_prefix("role"));
    name.is_some_and(|name| {
        name.len() > usize::from(name.starts_with('/')) && name.chars().all(is_allowed)
    })
}

pub(super) fn check_architectures(given: Option<&[String]>) -> Result<(), AwsError> {
    let own = architecture();
    match given.and_then(|given| given.iter().find(|given| **given != own)) {
        Some(other) => Err(invalid(format!("this server runs {own} programs, not {other}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_as_its_pattern_says() {
        for role in [
            "arn:aws:iam::123456789012:role/lambda",
            "arn:aws:iam::123456789012:role/service-role/lambda.x",
            "arn:aws-cn:iam::123456789012:role/a",
        ] {
            assert!(is_role(role), "{role}");
        }
        for role in [
            "",
            "lambda",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:user/a",
            "arn:aws:iam::1234:role/a",
            "arn:aws:iam::123456789012:role/a b",
        ] {
            assert!(!is_role(role), "{role}");
        }
    }
}
