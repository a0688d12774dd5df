//! Parameters that programs look up while they run: settings and secrets under names like paths.
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html>

use std::collections::BTreeMap;
use std::fmt;

use crate::resource::Declared;
use crate::{Account, Arn, Timestamp};

/// So many versions are kept; the oldest goes first.
/// <https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm>
const MOST_VERSIONS: usize = 100;

/// A parameter with its history, the oldest version first. There is always a version.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StoredParameter {
    pub name: String,
    pub kind: StoredKind,
    pub versions: Vec<ParameterVersion>,
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum StoredKind {
    String,
    /// Texts with commas between.
    StringList,
    /// Sealed with the server's key: nobody who reads the store can read it.
    SecureString,
}

/// A parameter as it was once set.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ParameterVersion {
    pub number: u64,
    /// Of a `SecureString` sealed.
    pub value: String,
    pub set: Timestamp,
    pub description: Option<String>,
    pub allowed_pattern: Option<String>,
    /// Values of more than 4 KB are an advanced parameter's.
    pub is_advanced: bool,
}

/// Without the value: it may be a secret.
impl fmt::Debug for ParameterVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParameterVersion").field("number", &self.number).finish_non_exhaustive()
    }
}

impl StoredParameter {
    pub fn latest(&self) -> &ParameterVersion {
        self.versions.last().expect("a parameter has a version")
    }

    pub fn version(&self, number: u64) -> Option<&ParameterVersion> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// Adds a version, and gives the oldest up if there are too many.
    pub fn set(&mut self, version: ParameterVersion) {
        self.versions.push(version);
        let surplus = self.versions.len().saturating_sub(MOST_VERSIONS);
        self.versions.drain(..surplus);
    }

    /// A name that begins with a slash brings it along.
    pub fn arn(&self, account: &Account) -> Arn {
        account.arn("ssm", format_args!("parameter/{}", self.name.trim_start_matches('/')))
    }
}

impl Declared for StoredParameter {
    fn name(&self) -> String {
        self.name.clone()
    }
}

impl StoredKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::SecureString => "SecureString",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_versions_are_kept() {
        let version = |number| ParameterVersion {
            number,
            value: "x".to_owned(),
            set: Timestamp(number),
            description: None,
            allowed_pattern: None,
            is_advanced: false,
        };
        let mut parameter = StoredParameter {
            name: "/a".to_owned(),
            kind: StoredKind::String,
            versions: vec![version(1)],
            tags: BTreeMap::new(),
        };
        (2..=150).for_each(|number| parameter.set(version(number)));
        assert_eq!(parameter.versions.len(), 100);
        assert_eq!((parameter.versions[0].number, parameter.latest().number), (51, 150));
        assert_eq!(
            parameter.arn(&Account::default()).as_str(),
            "arn:aws:ssm:us-east-1:000000000000:parameter/a"
        );
    }
}
