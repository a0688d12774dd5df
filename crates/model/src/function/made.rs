//! A function that an AWS call made, and its frozen copies, whoever made the function.

use crate::function::Function;
use crate::{Arn, Declared, FunctionName, Timestamp};

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
    /// Tells whether code or settings have changed since.
    pub digest: String,
    /// `None` of a version that was kept without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<PublishedSource>,
}

/// What was said of `$LATEST`, beside its code and settings, when a version was published of it. The version itself
/// may have been given another description.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PublishedSource {
    pub description: String,
    pub role: String,
    /// A queue or topic for asynchronous events that are given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letters: Option<Arn>,
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

    /// Whether nothing has changed since, of what `digest` and `source` tell about `$LATEST` now.
    pub fn is_of(&self, digest: &str, source: &PublishedSource) -> bool {
        self.digest == digest && self.source.as_ref().is_none_or(|then| then == source)
    }
}

impl Declared for PublishedVersion {
    fn name(&self) -> String {
        Self::id(&self.function.name, self.number)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;
    use crate::{ByteSize, FilePatterns, Runtime, SandboxMode};

    fn source(description: &str) -> PublishedSource {
        let role = "arn:aws:iam::000000000000:role/x".to_owned();
        PublishedSource { description: description.to_owned(), role, dead_letters: None }
    }

    fn published(source: Option<PublishedSource>) -> PublishedVersion {
        let function = Function {
            name: FunctionName::parse("f").expect("a name"),
            runtime: Runtime::Python { minor: 12 },
            code: PathBuf::from("/code").into(),
            files: FilePatterns::default(),
            handler: "index.handler".into(),
            build: None,
            layers: Vec::new(),
            environment: [].into(),
            timeout: Duration::from_secs(3),
            memory: ByteSize::mib(128),
            concurrency: 1,
            queue_wait: Duration::ZERO,
            data: false,
            runtime_libraries: true,
            sandbox: SandboxMode::default(),
        };
        let details = FunctionDetails { description: "the first".into(), ..Default::default() };
        let (function, digest) = (Box::new(function), "ab".to_owned());
        PublishedVersion { number: 1, function, details, digest, source }
    }

    #[test]
    fn whatever_is_said_of_a_function_makes_another_version() {
        let version = published(Some(source("")));
        assert!(version.is_of("ab", &source("")));
        assert!(!version.is_of("cd", &source("")));
        assert!(!version.is_of("ab", &source("x")));
        let other_role = PublishedSource { role: "other".to_owned(), ..source("") };
        assert!(!version.is_of("ab", &other_role));
        let dead_letters = Arn::parse("arn:aws:sqs:us-east-1:000000000000:dead");
        assert!(!version.is_of("ab", &PublishedSource { dead_letters, ..source("") }));
    }

    #[test]
    fn a_version_that_was_kept_without_its_source_reads_back() {
        let old = published(None);
        let text = serde_json::to_string(&old).expect("JSON");
        assert!(!text.contains("source"), "{text}");
        assert_eq!(serde_json::from_str::<PublishedVersion>(&text).ok().as_ref(), Some(&old));
        assert!(old.is_of("ab", &source("x")) && !old.is_of("cd", &source("x")));
    }
}
