//! Names of rules and schedules, in which EventBridge allows dots.

use std::fmt;
use std::sync::Arc;

use super::{MAX_NAME, NameProblem};

fn check(text: &str) -> Result<(), NameProblem> {
    if text.is_empty() {
        return Err(NameProblem::Empty);
    }
    let actual = text.chars().count();
    if actual > MAX_NAME {
        return Err(NameProblem::TooLong { max: MAX_NAME, actual });
    }
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')) {
        Some(stranger) => Err(NameProblem::Character(stranger)),
        None => Ok(()),
    }
}

macro_rules! event_names {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Accepts 1 to 64 ASCII letters, digits, `-`, `_` and `.`.
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

event_names! {
    /// Names a rule of the event bus.
    RuleName,
    /// Names a schedule within its group.
    ScheduleName,
    /// Names a group of schedules.
    ScheduleGroupName,
}

impl Default for ScheduleGroupName {
    /// The group of schedules that name none.
    fn default() -> Self {
        Self("default".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_allowed() {
        assert!(RuleName::parse("every.day-at_noon").is_ok());
        assert_eq!(ScheduleName::parse("a b"), Err(NameProblem::Character(' ')));
        assert_eq!(RuleName::parse(""), Err(NameProblem::Empty));
        assert_eq!(ScheduleGroupName::default().as_str(), "default");
    }
}
