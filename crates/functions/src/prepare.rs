//! Everything about functions that can be found wrong before one of them runs.

use std::sync::Arc;

use model::{Function, FunctionName};

/// Why a function cannot run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("function `{function}`: {reason}")]
pub struct Problem {
    pub function: FunctionName,
    pub reason: String,
}

/// Something that the user should know and that stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub function: FunctionName,
    pub text: String,
}

/// Hears what preparation is doing.
pub trait Progress: Send + Sync {
    /// A step began: "installing dependencies of `results`".
    fn step(&self, function: &FunctionName, text: &str);
    /// A line that a build tool printed.
    fn output(&self, function: &FunctionName, line: &str);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _: &FunctionName, _: &str) {}
    fn output(&self, _: &FunctionName, _: &str) {}
}

/// Functions that were built, staged and checked, and can be installed.
#[derive(Debug, Clone, Default)]
pub struct Prepared {
    pub(crate) functions: Vec<Arc<Function>>,
    /// What the user should know, such as a nearest interpreter.
    pub notes: Vec<Note>,
}
