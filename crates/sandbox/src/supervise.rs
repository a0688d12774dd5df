//! The launcher process: single-threaded, so that it may fork; small, so that forking is cheap.
//!
//! Each process it starts is a grandchild. In between sits a *keeper*, a fork of the launcher that
//! builds the sandbox around itself, becomes the first process of the pid namespace, starts the
//! program, reaps orphans, and by ending takes everything in the namespace along.

mod base;
mod cgroup;
mod confine;
mod entry;
mod failure;
mod filter;
mod ground;
mod keeper;
mod namespace;
mod paths;
mod prepared;
mod probe;
mod program;
mod room;
mod rules;
mod serve;
mod stock;
mod sys;
mod workshop;

use std::process::ExitCode;

/// The body of the launcher: serves requests on the socket that is its standard input until the server
/// closes it, then ends every process. Call it before any thread exists.
pub fn launcher_main() -> ExitCode {
    match serve::Supervisor::begin().and_then(serve::Supervisor::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("the sandbox launcher failed: {failure}");
            ExitCode::FAILURE
        }
    }
}
