//! What is set about a function beside its code, whoever declared it.

use std::collections::BTreeMap;

use crate::{Arn, Declared, EventInvokeConfig, FunctionName, Qualifier};

/// Of a function and all of its versions.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FunctionSettings {
    pub function: FunctionName,
    /// A queue or topic for asynchronous events that are given up.
    pub dead_letters: Option<Arn>,
    pub tags: BTreeMap<String, String>,
    /// The last number that a version got; none is used twice.
    #[serde(default)]
    pub published: u64,
}

/// Where asynchronous events of a manifest's function go that are given up; of others, their settings say so.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DeadLetters {
    pub function: FunctionName,
    /// A queue or topic.
    pub to: Arn,
}

/// How many invocations of an account may run at once, when nobody says otherwise.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ACCOUNT_CONCURRENCY: u32 = 1_000;

/// So much of an account's concurrency stays for functions that have none reserved.
pub const LEAST_UNRESERVED: u32 = 100;

/// Most invocations of a function at once, of all its versions together; 0 stops it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReservedConcurrency {
    pub function: FunctionName,
    pub invocations: u32,
}

/// So many environments of a version or alias are kept ready.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ProvisionedConcurrency {
    pub function: FunctionName,
    pub qualifier: Qualifier,
    pub environments: u32,
}

/// Who may invoke a function, as statements of a policy; kept and given back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FunctionPolicy {
    pub function: FunctionName,
    pub qualifier: Qualifier,
    /// JSON, by statement id.
    pub statements: BTreeMap<String, String>,
}

impl FunctionSettings {
    pub fn new(function: FunctionName) -> Self {
        Self { function, dead_letters: None, tags: BTreeMap::new(), published: 0 }
    }

    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        *self == Self::new(self.function.clone())
    }
}

impl Declared for FunctionSettings {
    fn name(&self) -> String {
        self.function.to_string()
    }

    fn references(&self) -> Vec<Arn> {
        self.dead_letters.iter().cloned().collect()
    }
}

impl Declared for DeadLetters {
    fn name(&self) -> String {
        self.function.to_string()
    }

    fn references(&self) -> Vec<Arn> {
        vec![self.to.clone()]
    }
}

impl Declared for ReservedConcurrency {
    fn name(&self) -> String {
        self.function.to_string()
    }
}

impl Declared for EventInvokeConfig {
    fn name(&self) -> String {
        qualified(&self.function, &self.qualifier)
    }

    fn references(&self) -> Vec<Arn> {
        self.on_success.iter().chain(&self.on_failure).cloned().collect()
    }
}

macro_rules! named_with_qualifier {
    ($($type:ty),+) => {$(
        impl Declared for $type {
            fn name(&self) -> String {
                qualified(&self.function, &self.qualifier)
            }
        }
    )+};
}

named_with_qualifier!(ProvisionedConcurrency, FunctionPolicy);

/// The name that what belongs to a version or alias is kept under.
pub fn qualified(function: &FunctionName, qualifier: &Qualifier) -> String {
    format!("{function}:{qualifier}")
}
