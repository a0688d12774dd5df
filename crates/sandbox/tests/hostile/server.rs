//! A server that has started processes and waits to be killed.

use std::os::fd::AsFd;
use std::process::ExitCode;

use model::SandboxMode;
use sandbox::{Bind, Launcher, Spec, TARGET_TASK};

/// Its processes inherit standard output; once they run, the launcher's pid follows on a line.
pub(crate) fn run() -> ExitCode {
    let own = std::env::current_exe().expect("a program has a path");
    let launcher = Launcher::start(&own, &["launcher"]).expect("the launcher starts");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts");
    let mut processes = Vec::new();
    for _ in 0..3 {
        let name = own.file_name().expect("a program has a name");
        let mut spec =
            Spec::new(std::path::Path::new(TARGET_TASK).join(name), SandboxMode::BestEffort);
        spec.arguments = vec!["daemon".into()];
        spec.binds = vec![Bind::read_only(own.parent().expect("a folder"), TARGET_TASK)];
        let output = std::io::stdout().as_fd().try_clone_to_owned().expect("a descriptor is free");
        spec.stdout = Some(output);
        processes.push(runtime.block_on(launcher.spawn(spec)).expect("the process starts"));
    }
    println!("launcher {}", launcher.pid());
    loop {
        std::thread::park();
    }
}
