//! The `tidegate` command: reads arguments, talks to people and programs. All work is done by the
//! crates behind it.

// Both panic when the reader of a pipe has gone; `output` does not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod addresses;
mod age;
mod arguments;
mod client;
mod commands;
mod counted;
mod exchange;
mod exit;
mod locate;
mod logins;
mod output;
mod parameters;
mod samconfig;
mod summary;
mod table;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Tidegate;

/// Requests make and drop many small things. Without huge pages, since a server at rest should be small.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Started by the server as its own child, thousands of times less often than it forks; must not
/// read configuration, allocate a runtime or start a thread.
const LAUNCHER: &str = "launcher";

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == LAUNCHER) {
        return sandbox::launcher_main();
    }
    match commands::run(Tidegate::parse()) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(),
    }
}
