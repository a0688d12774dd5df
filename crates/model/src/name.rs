//! Names of resources, checked once when a stack is read and cheap to clone afterwards.

/// Types of names that one function checks.
macro_rules! names {
    ($check:path; $($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Says what is wrong with a text that cannot be one.
            pub fn parse(text: &str) -> Result<Self, $crate::name::NameProblem> {
                $check(text)?;
                Ok(Self(text.into()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )+};
}

mod event;
mod message;

pub use event::{RuleName, ScheduleGroupName, ScheduleName};
pub use message::{QueueName, TopicName};

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    #[error("a name must not be empty")]
    Empty,
    #[error("a name has at most {max} characters, this one has {actual}")]
    TooLong { max: usize, actual: usize },
    #[error("a name is made of letters, digits, `-` and `_`, not `{0}`")]
    Character(char),
}

/// AWS allows 64 characters in a function name; the same bound serves every resource.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
const MAX_NAME: usize = 64;

/// What a name is made of: at most `max` characters, of which those of `stem` are letters, digits and
/// `marks`.
fn check(text: &str, stem: &str, marks: &[char], max: usize) -> Result<(), NameProblem> {
    if stem.is_empty() {
        return Err(NameProblem::Empty);
    }
    let actual = text.chars().count();
    if actual > max {
        return Err(NameProblem::TooLong { max, actual });
    }
    match stem.chars().find(|c| !c.is_ascii_alphanumeric() && !marks.contains(c)) {
        Some(stranger) => Err(NameProblem::Character(stranger)),
        None => Ok(()),
    }
}

/// Accepts 1 to 64 ASCII letters, digits, `-` and `_`.
fn check_plain(text: &str) -> Result<(), NameProblem> {
    check(text, text, &['-', '_'], MAX_NAME)
}

names! {
    check_plain;
    /// Names a function within its stack.
    FunctionName,
    /// Names an API within its stack.
    ApiName,
    /// Names an upstream within its stack.
    UpstreamName,
    /// Names a process within its stack.
    ProcessName,
    /// Names a cache within its stack.
    CacheName,
    /// Names a parameter of a manifest.
    ParameterName,
    /// Names an API key among those of a server.
    ApiKeyName,
    /// Names a usage plan within its stack.
    UsagePlanName,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_aws_accepts() {
        assert_eq!(
            FunctionName::parse("get-results_2").map(|n| n.to_string()),
            Ok("get-results_2".into())
        );
    }

    #[test]
    fn names_the_offending_character() {
        assert_eq!(FunctionName::parse("a b"), Err(NameProblem::Character(' ')));
        assert_eq!(FunctionName::parse(""), Err(NameProblem::Empty));
        assert_eq!(
            FunctionName::parse(&"x".repeat(65)),
            Err(NameProblem::TooLong { max: 64, actual: 65 })
        );
    }
}
