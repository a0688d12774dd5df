//! Runs a function without a server.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Bytes;
use server::{Event, LocalError, LocalOptions, Logged, Reporter, StartError};

use super::Answered;
use crate::arguments::Server;
use crate::counted::lines_missed;
use crate::exit::{Exit, Failure};
use crate::parameters::{Parameters, parameters};
use crate::{locate, output, samconfig};

/// Said of each argument: a heading of them all would be that of the arguments after them, too.
const HEADING: &str = "Without a server";

#[derive(Debug, clap::Args)]
pub(crate) struct Local {
    /// Run the function here, in its sandbox, instead of on the running server
    #[arg(long, help_heading = HEADING)]
    pub(crate) local: bool,
    /// File with values for variables: {"Parameters": {"NAME": "value"}, "function": {...}}
    #[arg(long, value_name = "FILE", requires = "local", help_heading = HEADING)]
    env_vars: Option<PathBuf>,
    /// Port at which the function waits for a debugger before anything of it runs; nothing is timed
    #[arg(long, value_name = "PORT", requires = "local", help_heading = HEADING,
          value_parser = clap::value_parser!(u16).range(1..))]
    debug_port: Option<u16>,
    /// Leave out what is not supported instead of refusing it
    #[arg(long, requires = "local", help_heading = HEADING)]
    allow_unsupported: bool,
    /// Value of a manifest parameter; may be given several times
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameters,
          env = "TIDEGATE_SET", help_heading = HEADING)]
    parameters: Vec<Parameters>,
}

const STACK: &str = "name the folder of the function's stack with --dir DIR";

impl Local {
    /// What the function logs goes to standard error as it appears, unless it is wanted as JSON.
    pub(crate) fn invoke(
        &self,
        server: &Server,
        function: &str,
        event: Bytes,
        is_json: bool,
    ) -> Result<Answered, Failure> {
        let manifest = locate::manifest_or(server.dir.as_deref(), STACK)?;
        let state = locate::state(server.state.as_deref(), &manifest)?;
        let mut inputs = stack::Inputs {
            environment: std::env::vars().collect(),
            set: self.parameters.concat(),
            env_vars: self.env_vars.clone(),
            allow_unsupported: self.allow_unsupported,
            ..stack::Inputs::default()
        };
        samconfig::apply_to_run(&manifest, &mut inputs)?;
        let options = LocalOptions {
            inputs,
            look: output::look(),
            manifest,
            state,
            launcher: (std::env::current_exe()?, crate::LAUNCHER),
            function: function.to_owned(),
            event,
            debug_port: self.debug_port,
        };
        let log = Arc::new(Log { shown: !is_json, kept: Mutex::default() });
        let reply = server::invoke_local(options, log.clone()).map_err(failure)?;
        let log = log.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Answered {
            payload: reply.payload.to_vec(),
            failed: reply.failed,
            request_id: Some(reply.request_id),
            log,
        })
    }
}

fn failure(error: LocalError) -> Failure {
    let text = error.to_string();
    match error {
        LocalError::NoFunction(_) => Failure::new(Exit::NotFound, text)
            .help("`tidegate check` lists the functions of the stack"),
        LocalError::Start(error) => start_failure(&error),
        LocalError::Refused(_) => Failure::failed(text),
        LocalError::Interrupted => Failure::silent(Exit::Interrupted),
    }
}

fn start_failure(error: &StartError) -> Failure {
    let exit = if error.is_usage() { Exit::Usage } else { Exit::Failed };
    let failure = Failure::new(exit, error.to_string());
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// Writes what happens to standard error, or keeps it.
struct Log {
    shown: bool,
    kept: Mutex<String>,
}

impl Reporter for Log {
    fn report(&self, event: &Event) {
        let text = match event {
            Event::Log(Logged::Record(record)) => record.to_string(),
            Event::Log(Logged::Missed(records)) => lines_missed(*records),
            Event::Building { function, message } => format!("{function}: {message}"),
            Event::Note { note } => format!("note: {note}"),
            _ => return,
        };
        let text = format!("{}\n", text.trim_end());
        if self.shown {
            output::note(text);
        } else {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push_str(&text);
        }
    }
}
