//! `tidegate replay`: run a recorded invocation again.

mod edit;
mod set;

use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use serde_json::Value;

use crate::arguments::{Output, Server};
use crate::commands::invoke::local::Local;
use crate::commands::invoke::remote;
use crate::exit::{Exit, Failure};
use crate::table::{drawn, each, text};
use crate::{addresses, client, locate, output};

use set::Change;

/// Run a recorded request or event again, or list what is recorded
///
/// A server that was started with `up --record` keeps its last invocations in memory. One is named
/// by its request id, as logs show it, or by the request id that an API answered with. It runs on
/// the server, or with --local here, with what was changed about it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate replay                                        what is recorded, the latest first
  tidegate replay 3f0c3c9e-8d3c-4a5e-9d2b-7a1c6d1e2f30
  tidegate replay Oh8O5hb4LPEEPaA= --set headers.authorization='Bearer t' --local
  tidegate replay Oh8O5hb4LPEEPaA= --body order.json --edit
  tidegate replay Oh8O5hb4LPEEPaA= --print > event.json")]
pub(crate) struct Replay {
    /// Of the invocation, or of the request that caused it
    request_id: Option<String>,
    /// Change a value of the event, as in headers.x-team=blue or Records.0.body=hello; may be given
    /// several times
    #[arg(long, value_name = "PATH=VALUE", requires = "request_id")]
    set: Vec<Change>,
    /// Put a file's content in the place of the event's body
    #[arg(long, value_name = "FILE", requires = "request_id")]
    body: Option<PathBuf>,
    /// Change the event in $VISUAL or $EDITOR first
    #[arg(long, requires = "request_id")]
    edit: bool,
    /// Print the event instead of running it
    #[arg(long, requires = "request_id", conflicts_with = "local")]
    print: bool,
    #[command(flatten)]
    local: Local,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

/// What stands where a server left a secret out.
const REDACTED: &str = "[redacted]";

pub(crate) fn run(command: &Replay) -> Result<Exit, Failure> {
    let server = locate::server(&command.server)?;
    let Some(id) = &command.request_id else { return list(command, server.admin()) };
    let path = format!("/recording/{}", client::encoded(id));
    let recorded = client::ask(server.admin(), Method::GET, &path, None)?;
    let event = changed(command, recorded["event"].clone())?;
    if command.print {
        output::line(&format!("{event:#}"))?;
        return Ok(Exit::Done);
    }
    tell_redacted(&event);
    let (function, event) = (text(&recorded, "function"), event.to_string().into());
    let is_json = command.output.is_json();
    let answered = if command.local.local {
        command.local.invoke(&command.server, function, event, is_json)?
    } else {
        let qualifier = Some(text(&recorded, "qualifier")).filter(|it| *it != "$LATEST");
        let named = qualifier.map_or(function.to_owned(), |it| format!("{function}:{it}"));
        let answered = remote::invoke(&addresses::of(server)?.aws, &named, event)?;
        if !is_json {
            output::note(&answered.log);
        }
        answered
    };
    answered.print(is_json)
}

fn changed(command: &Replay, mut event: Value) -> Result<Value, Failure> {
    if let Some(file) = &command.body {
        let named = |error| Failure::usage(format!("--body {}: {error}", file.display()));
        put_body(&mut event, std::fs::read(file).map_err(named)?)?;
    }
    for change in &command.set {
        change.apply(&mut event).map_err(|problem| Failure::usage(format!("--set {problem}")))?;
    }
    if command.edit { edit::edited(&event) } else { Ok(event) }
}

/// Text as it is, anything else in base64, as events of APIs have it.
fn put_body(event: &mut Value, bytes: Vec<u8>) -> Result<(), Failure> {
    let Some(event) = event.as_object_mut() else {
        return Err(Failure::usage("--body: the event is no request, it has no body"));
    };
    let (body, is_base64) = match String::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => (BASE64_STANDARD.encode(error.as_bytes()), true),
    };
    event.insert("body".to_owned(), body.into());
    event.insert("isBase64Encoded".to_owned(), is_base64.into());
    Ok(())
}

/// Names what was not recorded and is still missing.
fn tell_redacted(event: &Value) {
    let mut places = Vec::new();
    redacted(event, "", &mut places);
    if !places.is_empty() {
        output::note_line(format_args!(
            "note: not recorded, and sent as `{REDACTED}`: {}\n  help: give them with --set PATH=VALUE, or record with --record-secrets",
            places.join(", ")
        ));
    }
}

fn redacted(value: &Value, at: &str, places: &mut Vec<String>) {
    let below = |name: &str| {
        if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
    };
    match value {
        Value::String(text) if text == REDACTED => places.push(at.to_owned()),
        Value::Array(values) => {
            for (nth, value) in values.iter().enumerate() {
                redacted(value, &below(&nth.to_string()), places);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                redacted(value, &below(name), places);
            }
        }
        _ => {}
    }
}

fn list(command: &Replay, admin: &str) -> Result<Exit, Failure> {
    let answer = client::ask(admin, Method::GET, "/recording", None)?;
    if command.output.is_json() {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let row = |invocation: &Value| {
        let took = invocation["tookMs"].as_u64().map(|took| format!("{took} ms"));
        vec![
            text(invocation, "time").to_owned(),
            text(invocation, "function").to_owned(),
            text(invocation, "requestId").to_owned(),
            invocation["apiRequestId"].as_str().unwrap_or("-").to_owned(),
            invocation["ending"].as_str().unwrap_or("running").to_owned(),
            took.unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = each(&answer, "invocations").map(row).collect();
    if rows.is_empty() {
        return output::line("nothing was invoked yet").map(|()| Exit::Done);
    }
    let titles = ["TIME", "FUNCTION", "REQUEST ID", "OF THE API", "CAME TO", "IN"];
    output::write(drawn(&titles, rows.into_iter()).as_bytes())?;
    Ok(Exit::Done)
}
