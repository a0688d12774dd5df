//! The launcher process: single-threaded, so that it may fork; small, so that forking is cheap.
//!
//! Each process it starts is a grandchild. In between sits a *keeper*, a fork of the launcher that
//! builds the sandbox around itself, becomes the first process of the pid namespace, forks the
//! program-to-be, reaps orphans, and by ending takes everything in the namespace along.
//!
//! Two steps keep a start short. What is the same for all is *prepared*: namespaces, root, user, seccomp
//! filter, a cgroup; at the end of it a program-to-be without any rights waits at its door, a socket. What
//! is one request's own is *handed over*: the launcher visits the mount namespace to put `/tmp` and the
//! bound folders in place, sets the cgroup's limits, and passes the request on with its files; the
//! program-to-be completes its Landlock rules, takes files and bounds, and calls `execve`. Because no step
//! of the second kind needs rights inside, nothing prepared is trusted with any.
//!
//! After the first start a small *stock* of prepared sandboxes is kept, and filled up again whenever no
//! program is starting. Each serves one program, once. It is forked while the launcher holds no request and
//! closes what it inherited, so it knows nothing of any function. It ends with the launcher, by its
//! parent-death signal, and the launcher ends when its socket closes, however the server died.

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
mod place;
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

use crate::program_code::forget_start;

/// The body of the launcher: serves requests on the socket that is its standard input until the server
/// closes it, then ends every process. Call it before any thread exists.
pub fn launcher_main() -> ExitCode {
    let begun = serve::Supervisor::begin();
    forget_start();
    match begun.and_then(serve::Supervisor::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("the sandbox launcher failed: {failure}");
            ExitCode::FAILURE
        }
    }
}
