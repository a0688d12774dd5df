//! Roles: what is told of them. Nothing here needs one.

use model::Arn;

/// The role that is told of what a manifest declares.
pub(crate) const OWN_ROLE: &str = "arn:aws:iam::000000000000:role/tidegate";

/// Whether a text is the ARN of a role with a name, which may have a path before it.
pub(crate) fn is_role(text: &str) -> bool {
    is_named(text, "role/")
}

/// As Lambda's pattern has it, which wants no slash before the name.
pub(crate) fn is_functions_role(text: &str) -> bool {
    is_named(text, "role")
}

fn is_named(text: &str, kind: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    let arn = Arn::parse(text).filter(|arn| (arn.service(), arn.region()) == ("iam", ""));
    let arn = arn.filter(Arn::has_account);
    let name = arn.as_ref().and_then(|arn| arn.resource().strip_prefix(kind));
    name.is_some_and(|name| !name.is_empty() && name.chars().all(is_allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_an_account_and_a_name() {
        for role in [
            OWN_ROLE,
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

    #[test]
    fn a_functions_role_may_do_without_the_slash() {
        for role in [OWN_ROLE, "arn:aws:iam::123456789012:rolelambda"] {
            assert!(is_functions_role(role), "{role}");
        }
        assert!(!is_role("arn:aws:iam::123456789012:rolelambda"));
        assert!(!is_functions_role("arn:aws:iam::123456789012:role"));
    }
}
