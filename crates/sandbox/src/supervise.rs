//! The launcher process.

use std::process::ExitCode;

/// The body of the launcher: serves requests on the socket that is its standard input until the server
/// closes it, then ends every process. Call it before any thread exists.
pub fn launcher_main() -> ExitCode {
    ExitCode::FAILURE
}
