//! The launcher process of tests that run functions in a sandbox.

fn main() -> std::process::ExitCode {
    sandbox::launcher_main()
}
