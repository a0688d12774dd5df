//! A function as its stack declares it, every default filled in.

mod alias;
mod code;
mod configuration;
mod files;
mod made;
mod settings;
mod url;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::{ByteSize, FunctionName};

pub use alias::{Alias, Weight};
pub use code::{FunctionCode, InlineCode};
pub use configuration::FunctionConfiguration;
pub use files::{FilePattern, FilePatterns, PatternRefused};
pub use made::{FunctionDetails, MadeFunction, PublishedSource, PublishedVersion};
pub use settings::{
    ACCOUNT_CONCURRENCY, DeadLetters, FunctionPolicy, FunctionSettings, LEAST_UNRESERVED,
    ProvisionedConcurrency, ReservedConcurrency, qualified,
};
pub use url::{FunctionUrl, InvokeMode, URL_LABEL, UrlAuth, UrlCors};

/// A named piece of code with its settings.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Function {
    pub name: FunctionName,
    pub runtime: Runtime,
    pub code: FunctionCode,
    /// Which files of the folder `code` are the function's.
    #[serde(default, skip_serializing_if = "FilePatterns::is_empty")]
    pub files: FilePatterns,
    /// `module.function` for Python and Node, `package.Class` or `package.Class::method` for Java; unused by `provided`.
    pub handler: String,
    /// How source becomes code; `None` runs the code as it is.
    pub build: Option<Build>,
    /// Folders or zips merged under `/opt`, in order, later over earlier.
    pub layers: Vec<PathBuf>,
    #[serde(serialize_with = "crate::reference::serialize_variables")]
    pub environment: BTreeMap<String, String>,
    /// Lambda's default is 3 s.
    #[serde(with = "crate::units::span")]
    pub timeout: Duration,
    /// Lambda's default is 128 MB.
    pub memory: ByteSize,
    /// Most execution environments at once.
    pub concurrency: u32,
    /// How long an invocation may wait for an environment before it is refused.
    #[serde(with = "crate::units::span")]
    pub queue_wait: Duration,
    /// Whether the function may read and write the stack's data folder, which all functions that
    /// ask for it share.
    pub data: bool,
    /// Whether it gets what AWS's runtimes bring along, such as boto3, when its code imports that and
    /// does not bring it itself.
    #[serde(default = "yes")]
    pub runtime_libraries: bool,
    pub sandbox: SandboxMode,
}

/// The environment variables that the platform itself sets, and nobody else.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
pub const RESERVED_VARIABLES: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Of functions that were kept before there was a choice.
fn yes() -> bool {
    true
}

/// What runs a function's code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Runtime {
    /// The code's own `bootstrap` program speaks the Runtime API (`provided`, `provided.al2`,
    /// `provided.al2023`).
    Provided(String),
    /// `python3.x`.
    Python { minor: u8 },
    /// `nodejsN` or `nodejsN.x`.
    Node { major: u8 },
    /// `java8.al2`, `javaN`.
    Java { major: u8 },
}

/// The interpreter a runtime needs, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Native,
    Python,
    Node,
    Java,
}

impl Runtime {
    /// Reads AWS's runtime identifiers; `None` for one that is not known here.
    pub fn parse(text: &str) -> Option<Self> {
        if matches!(text, "provided" | "provided.al2" | "provided.al2023") {
            return Some(Self::Provided(text.to_owned()));
        }
        if let Some(minor) = text.strip_prefix("python3.") {
            return minor.parse().ok().map(|minor| Self::Python { minor });
        }
        if text == "java8.al2" {
            return Some(Self::Java { major: 8 });
        }
        if let Some(major) = text.strip_prefix("java").and_then(|major| major.parse().ok()) {
            // Version 8 has a name of its own, and nothing older ever ran.
            return (major > 8).then_some(Self::Java { major });
        }
        let major = text.strip_prefix("nodejs")?;
        let major = major.strip_suffix(".x").unwrap_or(major);
        major.parse().ok().map(|major| Self::Node { major })
    }

    pub fn language(&self) -> Language {
        match self {
            Self::Provided(_) => Language::Native,
            Self::Python { .. } => Language::Python,
            Self::Node { .. } => Language::Node,
            Self::Java { .. } => Language::Java,
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provided(name) => f.write_str(name),
            Self::Python { minor } => write!(f, "python3.{minor}"),
            Self::Node { major } => write!(f, "nodejs{major}.x"),
            Self::Java { major: 8 } => f.write_str("java8.al2"),
            Self::Java { major } => write!(f, "java{major}"),
        }
    }
}

impl serde::Serialize for Runtime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Runtime {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a runtime"))
    }
}

/// The language's own tool that turns source into code.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "tool", rename_all = "lowercase")]
pub enum Build {
    /// `cargo build --release`; `binary` becomes `bootstrap`.
    Cargo { binary: String },
    /// `uv pip install` or `pip install --target` of `requirements.txt`, bytecode compiled.
    Python,
    /// `npm ci --omit=dev`.
    Npm,
}

/// What happens when a layer of isolation cannot be applied on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SandboxMode {
    /// The stack does not start, and says which layer is missing and why.
    #[default]
    Required,
    /// The stack starts and prints what is missing.
    BestEffort,
    /// Functions run as plain child processes.
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_survives_as_json() {
        let function = Function {
            name: FunctionName::parse("f").expect("a name"),
            runtime: Runtime::Python { minor: 12 },
            code: PathBuf::from("/code").into(),
            files: FilePatterns::of(["!tests/**"]).expect("patterns"),
            handler: "index.handler".into(),
            build: Some(Build::Cargo { binary: "f".into() }),
            layers: vec![PathBuf::from("/layer")],
            environment: [("A".to_owned(), "b".to_owned())].into(),
            timeout: Duration::from_millis(1_500),
            memory: ByteSize::mib(1_536),
            concurrency: 3,
            queue_wait: Duration::from_mins(15),
            data: true,
            runtime_libraries: false,
            sandbox: SandboxMode::BestEffort,
        };
        let text = serde_json::to_string(&function).expect("JSON");
        assert_eq!(serde_json::from_str::<Function>(&text).expect("a function"), function);
    }

    #[test]
    fn runtimes_are_read_as_aws_writes_them() {
        assert_eq!(Runtime::parse("python3.11"), Some(Runtime::Python { minor: 11 }));
        assert_eq!(Runtime::parse("nodejs20.x"), Some(Runtime::Node { major: 20 }));
        assert_eq!(Runtime::parse("nodejs20"), Some(Runtime::Node { major: 20 }));
        assert_eq!(
            Runtime::parse("provided.al2").map(|r| r.to_string()),
            Some("provided.al2".into())
        );
        for text in ["java8.al2", "java11", "java25"] {
            assert_eq!(Runtime::parse(text).map(|it| it.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Runtime::parse("java8"), None);
        assert_eq!(Runtime::parse("python2.7"), None);
        assert_eq!(Runtime::parse("ruby3.3"), None);
    }
}
