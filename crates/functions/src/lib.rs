//! Runs functions: invocations, execution environments, the Runtime API.

pub mod artifacts;
pub mod asynchronous;
mod bootstrap;
pub mod build;
mod ceiling;
pub mod code;
mod debugger;
mod describe;
mod environment;
mod function_error;
mod functions;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod home;
mod interpreter;
mod invoke;
mod layout;
mod libraries;
pub mod logs;
mod metrics;
mod pool;
mod prepare;
mod process;
mod recorder;
mod runtime_api;
mod settings;
mod syntax;
mod variables;
mod version;
mod whole;

pub use artifacts::Artifacts;
pub use asynchronous::{AcceptError, Asynchronous};
pub use debugger::{Debugger, Start};
pub use describe::{Described, Frozen, KeptCode, Update};
pub use functions::{Arrangement, Functions, Installation, Ready, Status, Warming};
pub use prepare::{Note, Prepared, Problem, Progress, Silent};
pub use recorder::{Ending, Recorder};
pub use settings::Settings;
pub use whole::{Whole, whole};
