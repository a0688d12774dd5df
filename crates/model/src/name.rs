//! Names of resources, checked once when a stack is read and cheap to clone afterwards.

mod event;
mod message;

use std::fmt;
use std::sync::Arc;

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

fn check(text: &str) -> Result<(), NameProblem> {
    if text.is_empty() {
        return Err(NameProblem::Empty);
    }
    let actual = text.chars().count();
    if actual > MAX_NAME {
        return Err(NameProblem::TooLong { max: MAX_NAME, actual });
    }
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
        Some(stranger) => Err(NameProblem::Character(stranger)),
        None => Ok(()),
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Accepts 1 to 64 ASCII letters, digits, `-` and `_`.
            pub fn parse(text: &str) -> Result<Self, NameProblem> {
                check(text)?;
                Ok(Self(text.into()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

names! {
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
