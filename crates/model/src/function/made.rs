//! A function that an AWS call made, and its frozen copies, whoever made the function.

use crate::function::Function;
use crate::{Declared, FunctionName, Timestamp};

/// Made by `CreateFunction`; its code is a zip that the server keeps.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MadeFunction {
    pub function: Box<Function>,
    pub details: FunctionDetails,
}

/// A frozen copy of a function's code and settings.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PublishedVersion {
    pub number: u64,
    /// Its code and layers are copies that nobody changes.
    pub function: Box<Function>,
    pub details: FunctionDetails,
    /// Tells whether anything has changed since.
    pub digest: String,
}

/// What AWS tells of a function and nothing here depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FunctionDetails {
    pub description: String,
    pub role: String,
    /// Base64, of the deployment package.
    pub code_sha256: String,
    pub code_bytes: u64,
    pub changed: Timestamp,
}

impl Declared for MadeFunction {
    fn name(&self) -> String {
        self.function.name.to_string()
    }
}

impl PublishedVersion {
    /// The name it is kept under.
    pub fn id(function: &FunctionName, number: u64) -> String {
        format!("{function}:{number}")
    }
}

impl Declared for PublishedVersion {
    fn name(&self) -> String {
        Self::id(&self.function.name, self.number)
    }
}
