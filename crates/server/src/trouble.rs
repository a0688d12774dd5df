//! Why a stack cannot be made the running state.

use gateway::InstallError;
use serde_json::{Value, json};

/// What was found, for a terminal and for programs.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// Lines of text.
    pub message: String,
    /// The problems of a manifest with their places.
    pub problems: Vec<Value>,
}

impl Trouble {
    /// The problems of a manifest, drawn for whoever reads the message.
    pub(crate) fn of(problems: &stack::Problems, look: stack::Look) -> Self {
        let message = problems.render(look).trim_end().to_owned();
        Self { message, problems: problems.to_json() }
    }
}

impl From<Vec<functions::Problem>> for Trouble {
    fn from(problems: Vec<functions::Problem>) -> Self {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let problems = problems
            .iter()
            .map(|problem| json!({ "function": problem.function, "message": problem.reason }))
            .collect();
        Self { message: lines.join("\n"), problems }
    }
}

impl From<InstallError> for Trouble {
    fn from(error: InstallError) -> Self {
        let message = error.to_string();
        Self { problems: vec![json!({ "message": message })], message }
    }
}

impl From<String> for Trouble {
    fn from(message: String) -> Self {
        Self { problems: vec![json!({ "message": message })], message }
    }
}
