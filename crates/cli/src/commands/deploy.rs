//! `tidegate deploy`: bring a stack to a server.

mod source;
pub(crate) mod stream;
mod timeline;
pub(crate) mod upload;
mod watch;

use std::path::PathBuf;

use http::Method;
use serde_json::{Value, json};

use super::outputs;
use crate::arguments::{Daemon, Output};
use crate::exit::{Exit, Failure};
use crate::parameters::{Parameters, parameters};
use crate::{client, locate, output};

pub(crate) use source::Source;
pub(crate) use stream::Telling;

/// Bring a stack to a server that `tidegate serve` started
///
/// Sends what the server lacks of the folder, starts everything that is new beside what runs, and lets
/// requests over once all of it has started. If something does not, nothing changes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate deploy
  tidegate deploy examples/tour --env staging -c rpm=60
  tidegate deploy --watch")]
pub(crate) struct Deploy {
    #[command(flatten)]
    pub(crate) stack: Stack,
    /// Deploy again after every save, until Ctrl-C; what cannot be deployed is told, and what ran before runs on
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    daemon: Daemon,
    #[command(flatten)]
    output: Output,
}

/// Which stack is meant, and with which values.
#[derive(Debug, clap::Args)]
pub(crate) struct Stack {
    /// Folder of the stack, or its manifest [default: the nearest tidegate.yaml upwards]
    #[arg(env = "TIDEGATE_DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// What a template's stack is called [default: its folder's name; other descriptions name
    /// themselves]
    #[arg(long, value_name = "NAME", env = "TIDEGATE_STACK")]
    pub(crate) name: Option<String>,
    /// Environment of the stack: the same stack in two environments is two deployments. It ends a
    /// template's stack name (shop-dev), and is the stage of a serverless.yml
    #[arg(long, value_name = "NAME", env = "TIDEGATE_ENVIRONMENT")]
    pub(crate) env: Option<String>,
    /// Value of a manifest parameter; may be given several times
    #[arg(short = 'c', long = "set", value_name = "NAME=VALUE", value_parser = parameters,
          env = "TIDEGATE_SET")]
    pub(crate) set: Vec<Parameters>,
    /// File of NAME=VALUE lines, for what the manifest has from the environment; wins over it
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Vec<PathBuf>,
    /// Leave out what is not supported instead of refusing it
    #[arg(long, env = "TIDEGATE_ALLOW_UNSUPPORTED")]
    pub(crate) allow_unsupported: bool,
}

pub(crate) fn run(command: &Deploy) -> Result<Exit, Failure> {
    if command.watch {
        return watch::watch(command);
    }
    for manifest in Source::manifests(&command.stack)? {
        let source = Source::of(&manifest, &command.stack, &command.daemon)?;
        bring(command, &source, Telling::All)?;
    }
    Ok(Exit::Done)
}

/// A deployment that is done, in short.
struct Brought {
    line: String,
    sent: String,
}

fn bring(command: &Deploy, source: &Source, telling: Telling) -> Result<Brought, Failure> {
    let server = locate::daemon(&command.daemon)?;
    let sent = upload::send(server.admin(), source)?;
    let tells_all = telling == Telling::All && !command.output.is_json();
    if tells_all {
        output::line(&format!("{} to {}: {sent}", source.name, server.admin()))?;
    }
    let body = source.request(&sent.bundle);
    let path = format!("/deployments/{}", client::encoded(&source.name));
    let how = if command.output.is_json() { Telling::Json } else { telling };
    let result = stream::follow(server.admin(), Method::POST, &path, &body, how, &source.told)?;
    if tells_all {
        output::write(deployed(&result).as_bytes())?;
    }
    Ok(Brought { line: what_came(&result), sent: sent.to_string() })
}

/// What came of it, for people.
pub(crate) fn deployed(result: &Value) -> String {
    what_came(result) + &outputs::text(&result["deployment"]["outputs"])
}

fn what_came(result: &Value) -> String {
    let deployment = &result["deployment"];
    let (name, revision) =
        (deployment["name"].as_str().unwrap_or_default(), &deployment["revision"]);
    match result["changed"].as_bool() {
        Some(false) => format!("nothing to do: {name} is at revision {revision}\n"),
        _ => format!("deployed {name}, revision {revision}\n"),
    }
}

/// Who does this, as others will read it.
pub(crate) fn who() -> String {
    let variable = |name: &str| std::env::vars().find(|(known, _)| known == name);
    let user = variable("USER").or_else(|| variable("LOGNAME")).map(|(_, value)| value);
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{}@{host}", user.as_deref().unwrap_or("somebody"))
}

impl Source {
    pub(crate) fn request(&self, bundle: &str) -> Value {
        json!({
            "bundle": bundle,
            "source": self.file,
            "set": self.set,
            "environment": self.environment,
            "allow_unsupported": self.allow_unsupported,
            "by": who(),
        })
    }
}
