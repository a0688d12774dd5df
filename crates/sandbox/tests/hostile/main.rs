//! The launcher of the tests, a server to be killed, and the program that tries to get out of its sandbox. Each attempt prints
//! `refused: ..` when it failed as it should, or `escaped: ..`, which fails the test.

mod attempts;
mod calls;
mod exhaust;
mod server;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["launcher"] => sandbox::launcher_main(),
        ["server"] => server::run(),
        ["true"] => {
            println!("true");
            ExitCode::SUCCESS
        }
        [name, rest @ ..] => match attempts::run(name, rest).or_else(|| exhaust::run(name, rest)) {
            Some(Ok(how)) => {
                println!("refused: {how}");
                ExitCode::SUCCESS
            }
            Some(Err(what)) => {
                println!("escaped: {what}");
                ExitCode::FAILURE
            }
            None => {
                println!("there is no attempt {name}");
                ExitCode::FAILURE
            }
        },
        [] => ExitCode::FAILURE,
    }
}

/// `Ok` says how an attempt was refused, `Err` what it got hold of.
type Outcome = Result<String, String>;
