//! What is set about a function beside its code, whoever declared it.

use std::collections::BTreeMap;

use crate::{Arn, Declared, EventInvokeConfig, FunctionName, Qualifier, Timestamp};

/// Of a function and all of its versions.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FunctionSettings {
    pub function: FunctionName,
    /// Most invocations at once, of all versions together; 0 stops the function.
    pub reserved: Option<u32>,
    /// A queue or topic for asynchronous events that are given up.
    pub dead_letters: Option<Arn>,
    pub tags: BTreeMap<String, String>,
    /// The last number that a version got; none is used twice.
    #[serde(default)]
    pub published: u64,
}

/// So many environments of a version or alias are kept ready.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ProvisionedConcurrency {
    pub function: FunctionName,
    pub qualifier: Qualifier,
    pub environments: u32,
    pub changed: Timestamp,
}

/// Who may invoke a function, as statements of a policy; kept and given back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FunctionPolicy {
    pub function: FunctionName,
    pub qualifier: Qualifier,
    /// JSON, by statement id.
    pub statements: BTreeMap<String, String>,
}

/// An address of its own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FunctionUrl {
    pub function: FunctionName,
    /// `$LATEST` or an alias.
    pub qualifier: Qualifier,
    pub auth: UrlAuth,
    pub mode: InvokeMode,
    pub cors: Option<UrlCors>,
    pub created: Timestamp,
    pub changed: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum UrlAuth {
    #[serde(rename = "NONE")]
    None,
    #[serde(rename = "AWS_IAM")]
    Iam,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InvokeMode {
    #[default]
    Buffered,
    ResponseStream,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct UrlCors {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_credentials: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_headers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_methods: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_origins: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose_headers: Option<Vec<String>>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
}

impl FunctionSettings {
    pub fn new(function: FunctionName) -> Self {
        Self { function, reserved: None, dead_letters: None, tags: BTreeMap::new(), published: 0 }
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

named_with_qualifier!(ProvisionedConcurrency, FunctionPolicy, FunctionUrl);

/// The name that what belongs to a version or alias is kept under.
pub fn qualified(function: &FunctionName, qualifier: &Qualifier) -> String {
    format!("{function}:{qualifier}")
}
