//! `tidegate up`: serve a stack in the foreground.

mod json;
mod queue;
mod text;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::FunctionName;
use server::{
    Debugger, DebuggerStart, Ended, Event, MailOptions, Options, RecordingOptions, Reporter,
    Secrets, StartError,
};
use tracing_subscriber::EnvFilter;

use super::check::parameter;
use crate::arguments::Output;
use crate::exit::{Exit, Failure};
use crate::{locate, output};

/// Serve a stack, and reload it on every save
///
/// Builds what needs building, starts the gateway and prints where everything is. Saving the
/// manifest or a function's code makes the new version live once it works; a mistake leaves the old
/// one running. The first Ctrl-C lets requests in flight finish, a second one stops at once.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate up
  tidegate up examples/tour --port 8080 --set rpm=60
  tidegate up --port 0 --admin-port 0 --aws-port 0 --output json

An AWS client reaches the functions with
  export AWS_ENDPOINT_URL=http://127.0.0.1:4566")]
pub(crate) struct Up {
    /// Folder of the stack, or its manifest [default: the nearest tidegate.yaml upwards]
    #[arg(env = "TIDEGATE_DIR")]
    dir: Option<PathBuf>,
    /// Port of the stack's APIs; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 3000, env = "TIDEGATE_PORT")]
    port: u16,
    /// Port for health, metrics and this command's own questions; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 4567, env = "TIDEGATE_ADMIN_PORT")]
    admin_port: u16,
    /// Port of the AWS APIs; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 4566, env = "TIDEGATE_AWS_PORT")]
    aws_port: u16,
    /// File of keys that callers of the AWS APIs must sign with, in the format of ~/.aws/credentials
    /// [default: everybody on this machine may call]
    #[arg(long, value_name = "FILE", env = "TIDEGATE_AWS_CREDENTIALS")]
    aws_credentials: Option<PathBuf>,
    /// Most invocations at once, of all functions together
    #[arg(long, value_name = "N", default_value_t = 1000, env = "TIDEGATE_ACCOUNT_CONCURRENCY",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    account_concurrency: u32,
    /// Address to listen on, for the stack's APIs alone; the other ports stay on this machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", env = "TIDEGATE_HOST")]
    host: IpAddr,
    /// Where logs, builds and the functions' data live [default: .tidegate beside the manifest]
    #[arg(long, value_name = "DIR", env = "TIDEGATE_STATE")]
    state: Option<PathBuf>,
    /// Threads that answer requests [default: one per processor]
    #[arg(long, value_name = "N", env = "TIDEGATE_WORKERS",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// Value of a manifest parameter; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter, env = "TIDEGATE_SET",
          value_delimiter = ',')]
    set: Vec<(String, String)>,
    /// File with values for variables: {"Parameters": {"NAME": "value"}, "function": {...}}
    #[arg(long, value_name = "FILE", env = "TIDEGATE_ENV_VARS")]
    env_vars: Option<PathBuf>,
    /// Leave out what is not supported instead of refusing it
    #[arg(long, env = "TIDEGATE_ALLOW_UNSUPPORTED")]
    allow_unsupported: bool,
    /// Keep the last N invocations in memory, so that `tidegate replay` can run one again
    /// [default: none; 100 without N]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true,
          default_missing_value = "100", env = "TIDEGATE_RECORD",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    record: Option<u32>,
    /// Keep authorization, cookie, x-api-key and their like in what is recorded
    #[arg(long, requires = "record")]
    record_secrets: bool,
    /// Port at which the function that --function names waits for a debugger
    #[arg(long, value_name = "PORT", requires = "function",
          value_parser = clap::value_parser!(u16).range(1..))]
    debug_port: Option<u16>,
    /// The function to debug: one environment, and nothing about it is timed
    #[arg(long, value_name = "NAME", requires = "debug_port", value_parser = function)]
    function: Option<FunctionName>,
    /// SMTP server for topics' mail, as in smtp://user:password@host:587?tls=required
    /// [default: none; mails that were not sent are named in the log]
    #[arg(
        long,
        value_name = "URL",
        env = "TIDEGATE_SMTP",
        hide_env_values = true,
        requires = "mail_from"
    )]
    smtp: Option<String>,
    /// Address that topics' mail comes from
    #[arg(long, value_name = "ADDRESS", env = "TIDEGATE_MAIL_FROM", requires = "smtp")]
    mail_from: Option<String>,
    /// Longest time a drain waits for requests in flight, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, env = "TIDEGATE_DRAIN_TIMEOUT")]
    drain_timeout: u64,
    /// What the server says about itself on standard error, as RUST_LOG spells it [default: warn]
    #[arg(long, value_name = "FILTER", env = "TIDEGATE_LOG")]
    log: Option<String>,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: Up) -> Result<Exit, Failure> {
    log(command.log.as_deref())?;
    let is_json = command.output.is_json();
    let reader: Arc<dyn Reporter> =
        if is_json { Arc::new(json::Lines::default()) } else { Arc::new(text::Screen::new()) };
    let queue = Arc::new(queue::Queue::to(reader));
    let ended = server::run(options(command)?, queue.clone());
    queue.finish();
    match ended {
        Ok(Ended::Drained) => Ok(Exit::Done),
        Ok(Ended::Cut) => Ok(Exit::Interrupted),
        Err(error) => Err(failure(&error, is_json)),
    }
}

fn log(filter: Option<&str>) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter.unwrap_or("warn"))
        .map_err(|error| Failure::usage(format!("--log: {error}")))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(output::is_colourful(&std::io::stderr()))
        .init();
    Ok(())
}

fn function(text: &str) -> Result<FunctionName, String> {
    FunctionName::parse(text).map_err(|problem| format!("it is not a name: {problem}"))
}

/// With JSON, programs read why on standard output.
fn failure(error: &StartError, is_json: bool) -> Failure {
    let exit = if error.is_usage() { Exit::Usage } else { Exit::Failed };
    if is_json {
        let problem = Event::from(error.trouble());
        return output::json(&problem).map_or_else(|failure| failure, |()| Failure::silent(exit));
    }
    let failure = Failure::new(exit, error.to_string());
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}

fn options(command: Up) -> Result<Options, Failure> {
    let manifest = locate::manifest(command.dir.as_deref())?;
    let state = locate::state(command.state.as_deref(), &manifest)?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Options {
        inputs: stack::Inputs {
            environment: std::env::vars().collect(),
            set: command.set,
            env_vars: command.env_vars,
            allow_unsupported: command.allow_unsupported,
            ..stack::Inputs::default()
        },
        look: if command.output.is_json() { stack::Look::Plain } else { output::look() },
        manifest,
        state,
        host: command.host,
        port: command.port,
        admin_port: command.admin_port,
        aws_port: command.aws_port,
        aws_credentials: command.aws_credentials,
        account_concurrency: command.account_concurrency,
        workers: command.workers.map_or(processors, usize::from),
        launcher: (std::env::current_exe()?, crate::LAUNCHER),
        recording: command.record.map(|most| RecordingOptions {
            invocations: usize::try_from(most).unwrap_or(usize::MAX),
            secrets: if command.record_secrets { Secrets::Kept } else { Secrets::Redacted },
        }),
        debugger: command.function.zip(command.debug_port).map(|(function, port)| Debugger {
            function,
            port,
            start: DebuggerStart::AtOnce,
        }),
        mail: command.smtp.zip(command.mail_from).map(|(url, from)| MailOptions { url, from }),
        drain_timeout: Duration::from_secs(command.drain_timeout),
    })
}
