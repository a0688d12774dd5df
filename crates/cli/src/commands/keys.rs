//! `tidegate keys`: API keys of the running server and what they consumed.

mod create;
mod table;
mod usage;

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::arguments::{Output, Server};
use crate::exchange::Exchange;
use crate::exit::{Exit, Failure};
use crate::{age, client};

/// API keys of callers: list, create, rotate, close, and what they consumed
///
/// A key belongs to usage plans, which the manifest declares. Keys of the manifest come and go with
/// it; the others are made here. A value is shown when it is made and never again: the server keeps
/// its SHA-256 alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate keys                                      all keys
  tidegate keys create partner --plan basic          prints the value, once
  curl -H \"x-api-key: $VALUE\" http://127.0.0.1:3000/
  tidegate keys rotate partner --overlap 1d          both values work for a day
  tidegate keys usage partner                        requests by day, and what is left
  tidegate keys extend partner --plan basic --by 500 more of today's quota
  tidegate keys delete partner --yes")]
pub(crate) struct Keys {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// All keys, with their plans and the first characters of their values
    List(Exchange),
    /// One key, with what was done to it last
    Show(One),
    Create(create::Create),
    Rotate(Rotate),
    /// Refuse a key until it is enabled again; a reload does not enable it
    Disable(One),
    /// Accept a disabled key again
    Enable(One),
    Delete(Delete),
    Usage(usage::Usage),
    Extend(usage::Extend),
    Reset(usage::Reset),
}

#[derive(Debug, clap::Args)]
struct One {
    /// The key's name or id
    name: String,
    #[command(flatten)]
    exchange: Exchange,
}

/// Give a key another value, and print it
///
/// The one before is refused at once, or works on for the overlap.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate keys rotate partner
  tidegate keys rotate partner --overlap 1d
  pass show partner | tidegate keys rotate partner --value-file -")]
struct Rotate {
    /// The key's name or id
    name: String,
    /// How long the value before works on: 30s, 5m, 2h, 1d
    #[arg(long, value_name = "AGE", value_parser = age::parse, default_value = "0s")]
    overlap: Duration,
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    exchange: Exchange,
}

/// Forget a key for good; its usage stays
#[derive(Debug, clap::Args)]
struct Delete {
    /// The key's name or id
    name: String,
    /// That it is meant, since there is no way back
    #[arg(long, required = true)]
    yes: bool,
    #[command(flatten)]
    exchange: Exchange,
}

/// A value of the user's own.
#[derive(Debug, clap::Args)]
struct Given {
    /// A file with the value, or - for standard input; without it one is made. It is no argument,
    /// since other users of this machine see those
    #[arg(long, value_name = "FILE|-")]
    value_file: Option<PathBuf>,
}

impl Given {
    fn read(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.value_file else { return Ok(None) };
        let mut text = String::new();
        if path.as_os_str() == "-" {
            std::io::stdin().lock().read_to_string(&mut text)?;
        } else {
            text = std::fs::read_to_string(path).map_err(|error| {
                Failure::usage(format!("--value-file {}: {error}", path.display()))
            })?;
        }
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

pub(crate) fn run(command: Keys) -> Result<Exit, Failure> {
    let Keys { action, server, output } = command;
    match action.unwrap_or(Action::List(Exchange { server, output })) {
        Action::List(exchange) => exchange.ask(Method::GET, "/keys", None, table::all),
        Action::Show(One { name, exchange }) => {
            exchange.ask(Method::GET, &path(&name, ""), None, table::one)
        }
        Action::Create(create) => create::run(&create),
        Action::Rotate(rotate) => {
            let mut body = json!({ "overlap_seconds": rotate.overlap.as_secs() });
            if let Some(value) = rotate.given.read()? {
                body["value"] = value.into();
            }
            let path = path(&rotate.name, "/rotate");
            rotate.exchange.ask(Method::POST, &path, Some(&body), table::value)
        }
        Action::Disable(One { name, exchange }) => {
            let done = |_: &Value| format!("{name} is refused from now on\n");
            exchange.ask(Method::POST, &path(&name, "/disable"), None, done)
        }
        Action::Enable(One { name, exchange }) => {
            let done = |_: &Value| format!("{name} is accepted again\n");
            exchange.ask(Method::POST, &path(&name, "/enable"), None, done)
        }
        Action::Delete(Delete { name, exchange, .. }) => {
            let done = |_: &Value| format!("{name} is gone\n");
            exchange.ask(Method::DELETE, &path(&name, ""), None, done)
        }
        Action::Usage(usage) => usage::run(&usage),
        Action::Extend(extend) => usage::extend(&extend),
        Action::Reset(reset) => usage::reset(&reset),
    }
}

fn path(name: &str, action: &str) -> String {
    format!("/keys/{}{action}", client::encoded(name))
}
