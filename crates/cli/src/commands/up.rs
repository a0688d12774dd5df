//! `tidegate up`: serve a stack in the foreground.

mod json;
mod listening;
mod queue;
mod text;

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use model::FunctionName;
use server::{Debugger, DebuggerStart, RecordingOptions, Secrets, Served};
use stack::Inputs;

use crate::exit::{Exit, Failure};
use crate::parameters::{Parameters, parameters};
use crate::{locate, samconfig};

pub(crate) use listening::{Listening, LookedAt};

/// Serve a stack, and reload it on every save
///
/// Builds what needs building, starts the gateway and prints where everything is. Saving the
/// manifest or a function's code makes the new version live once it works; a mistake leaves the old
/// one running. The first Ctrl-C lets requests in flight finish, a second one stops at once.
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "start",
    after_help = "\
Examples:
  tidegate up
  tidegate up examples/tour --port 8080 --set rpm=60
  tidegate up --port 0 --admin-port 0 --aws-port 0 --output json

An AWS client reaches the functions with
  export AWS_ENDPOINT_URL=http://127.0.0.1:4566"
)]
pub(crate) struct Up {
    /// Folder of the stack, or its manifest [default: the nearest tidegate.yaml upwards]
    #[arg(env = "TIDEGATE_DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    listening: Listening,
    /// Where logs, builds and the functions' data live [default: .tidegate beside the manifest]
    #[arg(long, value_name = "DIR", env = "TIDEGATE_STATE")]
    state: Option<PathBuf>,
    /// Value of a manifest parameter; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameters, env = "TIDEGATE_SET")]
    set: Vec<Parameters>,
    /// File with values for variables: {"Parameters": {"NAME": "value"}, "function": {...}}
    #[arg(long, value_name = "FILE", env = "TIDEGATE_ENV_VARS")]
    env_vars: Option<PathBuf>,
    /// Leave out what is not supported instead of refusing it
    #[arg(long, env = "TIDEGATE_ALLOW_UNSUPPORTED", value_parser = BoolishValueParser::new())]
    allow_unsupported: bool,
    /// Keep the last N invocations in memory, so that `tidegate replay` can run one again
    /// [default: none; 100 without N]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true,
          default_missing_value = "100", env = "TIDEGATE_RECORD",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    record: Option<u32>,
    /// Keep authorization, cookie, x-api-key and their like in what is recorded
    #[arg(long, requires = "record", env = "TIDEGATE_RECORD_SECRETS",
          value_parser = BoolishValueParser::new())]
    record_secrets: bool,
    /// Port at which the function that --function names waits for a debugger
    #[arg(long, value_name = "PORT", requires = "function", env = "TIDEGATE_DEBUG_PORT",
          value_parser = clap::value_parser!(u16).range(1..))]
    debug_port: Option<u16>,
    /// The function to debug: one environment, and nothing about it is timed
    #[arg(long, value_name = "NAME", requires = "debug_port", value_parser = function,
          env = "TIDEGATE_FUNCTION")]
    function: Option<FunctionName>,
}

pub(crate) fn run(command: Up) -> Result<Exit, Failure> {
    let looked_at = looked_at(&command);
    let Up { dir, listening, state, set, env_vars, allow_unsupported, .. } = command;
    let manifest = locate::manifest(dir.as_deref())?;
    let state = locate::state(state.as_deref(), &manifest)?;
    let mut inputs = Inputs { set: set.concat(), env_vars, allow_unsupported, ..Inputs::default() };
    samconfig::apply_to_run(&manifest, &mut inputs)?;
    listening.serve(Served::Manifest(manifest), state, inputs, looked_at)
}

fn looked_at(command: &Up) -> LookedAt {
    let secrets = if command.record_secrets { Secrets::Kept } else { Secrets::Redacted };
    let debugged = command.function.clone().zip(command.debug_port);
    LookedAt {
        recording: command.record.map(|most| RecordingOptions {
            invocations: usize::try_from(most).unwrap_or(usize::MAX),
            secrets,
        }),
        debugger: debugged.map(|(function, port)| Debugger {
            function,
            port,
            start: DebuggerStart::AtOnce,
        }),
    }
}

fn function(text: &str) -> Result<FunctionName, String> {
    FunctionName::parse(text).map_err(|problem| format!("it is not a name: {problem}"))
}
