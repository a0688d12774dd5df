//! Functions as they are written.

use model::function::RESERVED_VARIABLES;
use model::{FilePattern, Runtime, SandboxMode};
use serde_json::{Value as Json, json};

use super::{Asynchronous, FunctionUrl, PathText};
use crate::problem::Code;
use crate::shape::{
    Filled, Map, Millis, Refused, Size, Spanned, Text, Whole, choice, closest, record, text_shape,
};

record! {
    /// A named piece of code with its settings.
    Function is "a function" {
        /// What runs the code, by its AWS name: `python3.11`, `nodejs20.x`, `java21`, `provided.al2023`.
        needed runtime: Spanned<Runtime>;
        /// A folder, a `.zip` or a `.jar`, relative to the manifest, or the code itself under `inline`.
        needed code: FunctionCode;
        /// Which files of the folder `code` are the function's: patterns in order, of which later ones win.
        /// `!tests/**` leaves files out, `src/**` takes them in; everything is in at first.
        optional files: Vec<Spanned<FilePattern>>;
        /// `module.function` for Python and Node, `package.Class` or `package.Class::method` for Java. Not used
        /// by `provided`.
        optional handler: Spanned<Filled>;
        /// The tool that turns the source in `code` into what runs. Without it the code runs as it is.
        optional build: Build;
        /// Folders or zips that are merged under `/opt`, later over earlier.
        optional layers: Vec<Spanned<PathText>>;
        /// Environment variables. Nothing is inherited from the host.
        optional environment: Map<VariableName, Spanned<String>>;
        /// Longest time that one invocation may take, up to 15 minutes.
        defaulted timeout: Millis<1, 900_000> = "3s";
        /// Most memory that one execution environment may use.
        defaulted memory: Size<{ 128 << 20 }, { 10_240 << 20 }> = "128MB";
        /// Most execution environments at once.
        defaulted concurrency: Whole<1, 10_000> = "10";
        /// How long an invocation may wait for an environment before it is refused.
        defaulted queue_wait: Millis<0, 60_000> = "2s";
        /// An address of its own beside the APIs': whose requests it answers.
        optional url: FunctionUrl;
        /// Most invocations at once, of all versions and however they come; 0 stops the function. They
        /// are set aside from what the account has.
        optional reserved_concurrency: Whole<0, 10_000>;
        /// So many execution environments are kept ready.
        optional provisioned_concurrency: Spanned<Whole<1, 10_000>>;
        /// How asynchronous invocations are retried, and who is told their outcome.
        optional asynchronous: Asynchronous;
        /// Whether the function may write to the stack's data folder, named by `TIDEGATE_DATA`. All
        /// functions that ask for it share it, and it outlives them.
        defaulted data: bool = "false";
        /// Whether the function gets what AWS's runtimes bring along, such as boto3, when its code imports
        /// that and does not bring it itself.
        defaulted runtime_libraries: bool = "true";
        /// Instead of the stack's own `sandbox`.
        optional sandbox: SandboxMode;
    }
}

record! {
    /// Where a function's code comes from: one of the two.
    FunctionCode is "code" or just "path" {
        /// A folder, a `.zip` or a `.jar`, relative to the manifest.
        optional path: Spanned<PathText>;
        /// The code itself: the one file `index.py` or `index.js`, so that the handler is `index.` and a
        /// function of it.
        optional inline: Spanned<Filled>;
    }
}

record! {
    /// How source becomes code.
    Build is "a build" or just "tool" {
        /// The language's own tool.
        required tool: Spanned<Tool>;
        /// For `cargo`: the binary that becomes the function. The function's name when not given.
        optional binary: Spanned<Filled>;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Cargo,
    Python,
    Npm,
}

choice!(Tool: "a build tool" {
    /// `cargo build --release`.
    "cargo" => Tool::Cargo,
    /// Installs `requirements.txt` with uv or pip and compiles bytecode.
    "python" => Tool::Python,
    /// `npm ci --omit=dev`, or `npm install --omit=dev` without a `package-lock.json`.
    "npm" => Tool::Npm,
});

/// The runtimes that are suggested; others of the same families are accepted.
const RUNTIMES: &[&str] = &[
    "provided.al2023",
    "python3.11",
    "python3.12",
    "python3.13",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "java17",
    "java21",
    "java25",
];

impl Text for Runtime {
    const WHAT: &'static str = "a runtime such as `python3.11`";

    fn parse(text: &str) -> Result<Self, Refused> {
        let supported = |runtime: &Runtime| match runtime {
            Runtime::Provided(_) => true,
            Runtime::Python { minor } => (8..=15).contains(minor),
            Runtime::Node { major } => (16..=26).contains(major),
            Runtime::Java { major } => matches!(major, 8 | 11 | 17 | 21 | 25),
        };
        if let Some(runtime) = Runtime::parse(text).filter(supported) {
            return Ok(runtime);
        }
        let help = if text.starts_with("go") || text.starts_with("rust") {
            "did you mean `provided.al2023`? it runs any program called `bootstrap`".to_owned()
        } else if text.starts_with("java") {
            "use `java8.al2`, `java11`, `java17`, `java21` or `java25`".to_owned()
        } else if let Some(near) = closest(text, RUNTIMES.iter().copied()) {
            format!("did you mean `{near}`?")
        } else {
            "use `provided.al2023`, `python3.8` to `python3.15`, `nodejs16.x` to `nodejs26.x`, or `java8.al2` to \
             `java25`"
                .to_owned()
        };
        Err(Refused::new(Code::Runtime, "is not a supported runtime").help(help))
    }

    fn text_schema() -> Json {
        let pattern = r"^(provided(\.al2(023)?)?|python3\.[0-9]+|nodejs[0-9]+(\.x)?|java8\.al2|java(11|17|21|25))$";
        json!({ "type": "string", "pattern": pattern, "examples": RUNTIMES })
    }
}

text_shape!(Runtime);

impl Text for FilePattern {
    const WHAT: &'static str = "a pattern such as `src/**` or `!tests/**`";

    fn parse(text: &str) -> Result<Self, Refused> {
        Self::parse(text).map_err(|it| Refused::new(Code::FilePattern, it.why).help(it.help))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^!?[^!/]", "examples": ["src/**", "!tests/**"] })
    }
}

text_shape!(FilePattern);

/// The name of an environment variable that a function may be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VariableName(pub(crate) String);

impl AsRef<str> for VariableName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Text for VariableName {
    const WHAT: &'static str = "the name of an environment variable";

    fn parse(text: &str) -> Result<Self, Refused> {
        check_variable(text)?;
        if RESERVED_VARIABLES.contains(&text) {
            let why = "is set by the platform and cannot be changed";
            return Err(Refused::new(Code::Variable, why).help("remove it, or rename it"));
        }
        Ok(Self(text.to_owned()))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": VARIABLE, "not": { "enum": RESERVED_VARIABLES } })
    }
}

text_shape!(VariableName);

/// The name of an environment variable that a process may be given: nothing is kept from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessVariableName(pub(crate) String);

impl AsRef<str> for ProcessVariableName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Text for ProcessVariableName {
    const WHAT: &'static str = "the name of an environment variable";

    fn parse(text: &str) -> Result<Self, Refused> {
        check_variable(text).map(|()| Self(text.to_owned()))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": VARIABLE })
    }
}

text_shape!(ProcessVariableName);

const VARIABLE: &str = "^[A-Za-z_][A-Za-z0-9_]*$";

fn check_variable(text: &str) -> Result<(), Refused> {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on_well = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if starts_well && goes_on_well {
        return Ok(());
    }
    let why = "is not the name of an environment variable";
    Err(Refused::new(Code::Variable, why).help("use letters, digits and `_`, and no digit first"))
}
