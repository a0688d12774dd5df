//! Runs functions: invocations, execution environments, the Runtime API.

mod functions;
mod prepare;
mod settings;

pub use functions::{Functions, Installation};
pub use prepare::{Note, Prepared, Problem, Progress, Silent};
pub use settings::Settings;
