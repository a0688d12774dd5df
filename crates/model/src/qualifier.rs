//! Which version of a function is meant.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html>

use std::fmt;
use std::sync::Arc;

use crate::{Alias, FunctionName, PublishedVersion, Snapshot};

/// The code and settings that change, or a frozen copy of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum FunctionVersion {
    #[default]
    Latest,
    /// Counted from 1, never used twice.
    Published(u64),
}

/// What stands behind a function's name: a version, or an alias of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Qualifier {
    Version(FunctionVersion),
    Alias(AliasName),
}

/// Names an alias among those of its function: 1 to 128 ASCII letters, digits, `-` and `_`, but not
/// digits alone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AliasName(Arc<str>);

impl FunctionVersion {
    pub fn parse(text: &str) -> Option<Self> {
        if text == "$LATEST" {
            return Some(Self::Latest);
        }
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| is_number && *number > 0)?;
        Some(Self::Published(number))
    }
}

impl Qualifier {
    pub const LATEST: Self = Self::Version(FunctionVersion::Latest);

    pub fn parse(text: &str) -> Option<Self> {
        FunctionVersion::parse(text)
            .map(Self::Version)
            .or_else(|| AliasName::parse(text).map(Self::Alias))
    }

    /// Whether a function that is there has it.
    pub fn is_of(&self, function: &FunctionName, all: &Snapshot) -> bool {
        match self {
            Self::Version(FunctionVersion::Latest) => true,
            Self::Version(FunctionVersion::Published(number)) => {
                all.get::<PublishedVersion>(PublishedVersion::id(function, *number)).is_some()
            }
            Self::Alias(alias) => all.get::<Alias>(Alias::id(function, alias)).is_some(),
        }
    }
}

impl Default for Qualifier {
    fn default() -> Self {
        Self::LATEST
    }
}

impl AliasName {
    pub fn parse(text: &str) -> Option<Self> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_name = (1..=128).contains(&text.len()) && text.bytes().all(is_allowed);
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        (is_name && !is_number).then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FunctionVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("$LATEST"),
            Self::Published(number) => write!(f, "{number}"),
        }
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => version.fmt(f),
            Self::Alias(alias) => alias.fmt(f),
        }
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

macro_rules! as_text {
    ($($name:ident: $what:literal),+) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom(concat!("not ", $what)))
            }
        }
    )+};
}

as_text!(FunctionVersion: "a version", Qualifier: "a qualifier", AliasName: "an alias");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qualifier_is_a_version_or_an_alias() {
        assert_eq!(Qualifier::parse("$LATEST"), Some(Qualifier::LATEST));
        assert_eq!(
            Qualifier::parse("12"),
            Some(Qualifier::Version(FunctionVersion::Published(12)))
        );
        let alias = Qualifier::parse("prod-1").expect("an alias");
        assert!(matches!(&alias, Qualifier::Alias(name) if name.as_str() == "prod-1"));
        assert_eq!(alias.to_string(), "prod-1");
    }

    #[test]
    fn anything_else_is_none() {
        for text in ["", "0", "$latest", "a b", "a:b", "99999999999999999999", &"x".repeat(129)] {
            assert_eq!(Qualifier::parse(text), None, "{text}");
        }
    }
}
