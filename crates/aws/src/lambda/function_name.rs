//! The ways AWS's clients name a function.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-FunctionName>

use http::StatusCode;
use model::{Account, FunctionName, Place};

use super::problem::not_found;
use crate::constraint;
use crate::error::AwsError;

/// As the model of `Invoke` has it; a function's own name has no dots and at most 64 characters.
const PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

/// What a client's name for a function of this account says.
pub(super) fn read(text: &str, ours: &Account) -> Result<Named, AwsError> {
    let named = parse(text).ok_or_else(|| refused(text))?;
    check_place(text, ours)?;
    Ok(named)
}

/// Why a text names no function.
fn refused(text: &str) -> AwsError {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if text.len() > MOST && text.bytes().all(is_name) {
        let rule = format_args!("have length less than or equal to {MOST}");
        return constraint::broken(text, "functionName", rule);
    }
    constraint::no_match(text, "functionName", PATTERN)
}

const MOST: usize = 64;

/// A function and, if one was given, which version of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) function: FunctionName,
    pub(crate) qualifier: Option<String>,
}

/// Whether a name is of a function of this account; one without an account is.
fn check_place(text: &str, ours: &Account) -> Result<(), AwsError> {
    let parts: Vec<&str> = text.split(':').collect();
    let (region, id) = match parts.as_slice() {
        ["arn", _, _, region, id, ..] => (*region, *id),
        [id, "function", ..] => (&*ours.region, *id),
        _ => return Ok(()),
    };
    match ours.place(region, id) {
        Place::Here => Ok(()),
        Place::OtherRegion => Err(not_found(format!(
            "Functions from '{region}' are not reachable in this region ('{}')",
            ours.region
        ))),
        Place::OtherAccount => Err(AwsError::user(
            StatusCode::FORBIDDEN,
            "AccessDeniedException",
            format!(
                "User: arn:aws:iam::{}:root is not authorized to use resource: {text} because no \
                 resource-based policy allows it",
                ours.id
            ),
        )),
    }
}

/// Accepts `name`, `name:qualifier`, `account:function:name` and a full ARN, the latter two also
/// with a qualifier. [`read`] looks at the account and the region, too.
pub(crate) fn parse(text: &str) -> Option<Named> {
    let parts: Vec<&str> = text.split(':').collect();
    let (name, qualifier) = match parts.as_slice() {
        [name] => (*name, None),
        [name, qualifier] => (*name, Some(*qualifier)),
        [_, "function", name] => (*name, None),
        [_, "function", name, qualifier] => (*name, Some(*qualifier)),
        ["arn", _, "lambda", _, _, "function", name] => (*name, None),
        ["arn", _, "lambda", _, _, "function", name, qualifier] => (*name, Some(*qualifier)),
        _ => return None,
    };
    let function = FunctionName::parse(name).ok()?;
    Some(Named { function, qualifier: qualifier.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, Option<&str>)>) {
        let named = parse(text);
        let seen = named.as_ref().map(|n| (n.function.as_str(), n.qualifier.as_deref()));
        assert_eq!(seen, expected, "{text}");
    }

    #[test]
    fn every_spelling_names_the_same_function() {
        check("hello", Some(("hello", None)));
        check("hello:prod", Some(("hello", Some("prod"))));
        check("123456789012:function:hello", Some(("hello", None)));
        check("123456789012:function:hello:2", Some(("hello", Some("2"))));
        check("arn:aws:lambda:eu-west-1:123456789012:function:hello", Some(("hello", None)));
        check(
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:hello:$LATEST",
            Some(("hello", Some("$LATEST"))),
        );
    }

    #[test]
    fn functions_of_others_are_not_here() {
        let refused = |text| {
            let refused = check_place(text, &Account::default()).err()?;
            Some((refused.status().as_u16(), refused.message().to_owned()))
        };
        assert_eq!(refused("hello:1"), None);
        assert_eq!(refused("000000000000:function:hello"), None);
        assert_eq!(refused("arn:aws:lambda:us-east-1:000000000000:function:hello:1"), None);
        let (status, message) =
            refused("arn:aws:lambda:eu-west-1:000000000000:function:hello").expect("refused");
        assert_eq!(status, 404);
        assert_eq!(
            message,
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"
        );
        assert_eq!(refused("123456789012:function:hello").map(|(status, _)| status), Some(403));
        let other = refused("arn:aws:lambda:us-east-1:123456789012:function:hello");
        assert_eq!(other.map(|(status, _)| status), Some(403));
    }

    #[test]
    fn anything_else_names_none() {
        check("", None);
        check("a b", None);
        check("arn:aws:sqs:eu-west-1:123456789012:hello", None);
        check("arn:aws:lambda:eu-west-1:123456789012:layer:hello:1", None);
    }
}
