//! Starts processes in isolation: a small single-threaded launcher process that forks, confines and
//! reaps them, and the client that the server talks to it with.
//!
//! The server never forks. It re-executes its own binary once as the launcher ([`launcher_main`]) and
//! asks it over a socket ([`Launcher`]) for one [`Process`] after another.

#[cfg(not(target_os = "linux"))]
compile_error!("the sandbox is made of Linux namespaces, seccomp, Landlock and cgroups");

mod capabilities;
mod channel;
mod launcher;
mod message;
mod process;
mod program_code;
mod spec;
mod supervise;

pub use capabilities::{Capabilities, Layer, LayerStatus, Missing, MissingLayers};
pub use launcher::{Launcher, LauncherError, SpawnError};
pub use process::{Exit, ExitReason, Process, Usage};
pub use program_code::forget_start;
pub use spec::{
    Access, Bind, Filesystem, ResourceLimits, Spec, TARGET_DATA, TARGET_LAYERS, TARGET_TASK,
};
pub use supervise::launcher_main;
