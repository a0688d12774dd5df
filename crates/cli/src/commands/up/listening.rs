//! How a server listens, works and reports: what `up` and `serve` are told alike.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use server::{
    Debugger, Ended, Event, MailOptions, Options, RecordingOptions, Reporter, Served, StartError,
};
use tracing_subscriber::EnvFilter;

use super::{json, queue, text};
use crate::arguments::Output;
use crate::exit::{Exit, Failure};
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Listening {
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
    /// Threads that answer requests [default: one per processor]
    #[arg(long, value_name = "N", env = "TIDEGATE_WORKERS",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
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

/// How somebody looks at what happens.
#[derive(Debug, Default)]
pub(crate) struct LookedAt {
    pub(crate) recording: Option<RecordingOptions>,
    pub(crate) debugger: Option<Debugger>,
}

impl Listening {
    /// Serves until a signal ends it.
    pub(crate) fn serve(
        self,
        source: Served,
        state: PathBuf,
        inputs: stack::Inputs,
        looked_at: LookedAt,
    ) -> Result<Exit, Failure> {
        log(self.log.as_deref())?;
        let is_json = self.output.is_json();
        let reader: Arc<dyn Reporter> =
            if is_json { Arc::new(json::Lines::default()) } else { Arc::new(text::Screen::new()) };
        let queue = Arc::new(queue::Queue::to(reader));
        let ended = server::run(self.options(source, state, inputs, looked_at)?, queue.clone());
        queue.finish();
        match ended {
            Ok(Ended::Drained) => Ok(Exit::Done),
            Ok(Ended::Cut) => Ok(Exit::Interrupted),
            Err(error) => Err(failure(&error, is_json)),
        }
    }

    fn options(
        self,
        source: Served,
        state: PathBuf,
        inputs: stack::Inputs,
        looked_at: LookedAt,
    ) -> Result<Options, Failure> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Options {
            inputs: stack::Inputs { environment: std::env::vars().collect(), ..inputs },
            look: if self.output.is_json() { stack::Look::Plain } else { output::look() },
            source,
            state,
            host: self.host,
            port: self.port,
            admin_port: self.admin_port,
            aws_port: self.aws_port,
            aws_credentials: self.aws_credentials,
            account_concurrency: self.account_concurrency,
            workers: self.workers.map_or(processors, usize::from),
            launcher: (std::env::current_exe()?, crate::LAUNCHER),
            recording: looked_at.recording,
            debugger: looked_at.debugger,
            mail: self.smtp.zip(self.mail_from).map(|(url, from)| MailOptions { url, from }),
            drain_timeout: Duration::from_secs(self.drain_timeout),
        })
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
