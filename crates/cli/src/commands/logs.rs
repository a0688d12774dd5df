//! `tidegate logs`: what the functions and processes of a server wrote.

use std::path::Path;
use std::time::Duration;

use http_body_util::BodyExt;
use model::{Clock, FunctionName, SystemClock, Timestamp};

use crate::arguments::{Output, Server};
use crate::counted::lines_missed;
use crate::exit::{Exit, Failure};
use crate::locate::Meant;
use crate::{age, client, locate, output};

/// Show what functions and processes wrote, and follow it
///
/// The server is asked for it; while the one of the state folder does not run, its files are read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate logs --since 5m
  tidegate logs -f --function hello
  tidegate logs --output json | jq 'select(.function == \"hello\") | .message'")]
pub(crate) struct Logs {
    /// Keep printing new lines until interrupted
    #[arg(long, short)]
    follow: bool,
    /// Only this function's lines
    #[arg(long, value_name = "NAME", value_parser = FunctionName::parse)]
    function: Option<FunctionName>,
    /// Only this process's lines
    #[arg(long, value_name = "NAME", value_parser = FunctionName::parse, conflicts_with = "function")]
    process: Option<FunctionName>,
    /// Only lines at most this old: 30s, 5m, 2h
    #[arg(long, value_name = "AGE", value_parser = age::parse)]
    since: Option<Duration>,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Logs) -> Result<Exit, Failure> {
    let server = match locate::meant(&command.server)? {
        Meant::Stopped(state) if !command.follow && state.join("logs").is_dir() => {
            return left(command, &state);
        }
        Meant::Stopped(state) => return Err(locate::stopped(&state, "tidegate up")),
        Meant::Running(server) => server,
    };
    let mut path = format!("/logs?follow={}", command.follow);
    if let Some(function) = &command.function {
        path.push_str(&format!("&function={function}"));
    }
    if let Some(process) = &command.process {
        path.push_str(&format!("&process={process}"));
    }
    if let Some(since) = command.since {
        path.push_str(&format!("&since={}", since.as_secs()));
    }
    client::block_on(print(server.admin(), &path, command.output.is_json()))?;
    Ok(Exit::Done)
}

/// Without a bound in time, as many lines as a server tells.
const MOST: usize = 1_000;

/// What the files say, while there is no server to ask.
fn left(command: &Logs, state: &Path) -> Result<Exit, Failure> {
    let place = state.display();
    let said = format!("note: no server is running on {place}; this is what its files have");
    output::note_line(said);
    let name = command.function.as_ref().or(command.process.as_ref());
    let now = SystemClock::start().timestamp();
    let age = command.since.map_or(u128::MAX, |since| since.as_millis());
    let oldest = Timestamp(now.0.saturating_sub(u64::try_from(age).unwrap_or(u64::MAX)));
    let unreadable = |error| Failure::failed(format!("{}/logs: {error}", state.display()));
    let lines = server::left_logs(state, name, oldest).map_err(unreadable)?;
    let Some(lines) = lines else {
        let name = name.map_or("", FunctionName::as_str);
        return Err(Failure::new(Exit::NotFound, format!("`{name}` has no log there")));
    };
    let most = if command.since.is_some() { lines.len() } else { MOST };
    for line in &lines[lines.len().saturating_sub(most)..] {
        match command.output.is_json() {
            true => output::line(line)?,
            false => output::write(readable(line.as_bytes()).as_bytes())?,
        }
    }
    Ok(Exit::Done)
}

/// Prints lines as they arrive; the server sends whole JSON lines in pieces of any size.
async fn print(admin: &str, path: &str, json: bool) -> Result<(), Failure> {
    let response = client::send(client::get(admin, path)?).await?;
    if !response.status().is_success() {
        return Err(client::refusal(response).await);
    }
    let mut body = response.into_body();
    let mut pending = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Failure::failed("the server went away"))?;
        pending.extend_from_slice(frame.data_ref().map(|data| &**data).unwrap_or_default());
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            if json { output::write(&line)? } else { output::write(readable(&line).as_bytes())? }
        }
    }
    Ok(())
}

/// `12:00:01.250 hello  the message`, or how many lines are missing at this place.
fn readable(line: &[u8]) -> String {
    let entry: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
    if let Some(missed) = entry["missed"].as_u64() {
        return format!("{}\n", lines_missed(missed));
    }
    let text = |key: &str| entry[key].as_str().unwrap_or_default();
    let time = text("time").get(11..23).unwrap_or_default();
    let speaker = if entry["process"].is_string() { text("process") } else { text("function") };
    format!("{time} {speaker}  {}\n", text("message").trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_who_wrote_them_and_what_is_missing() {
        let line = br#"{"time":"2026-11-21T12:00:01.250Z","function":"hello","message":"hi\n"}"#;
        assert_eq!(readable(line), "12:00:01.250 hello  hi\n");
        let line = br#"{"time":"2026-11-21T12:00:01.250Z","process":"web","message":"up"}"#;
        assert_eq!(readable(line), "12:00:01.250 web  up\n");
        assert_eq!(readable(br#"{"missed":3}"#), "(3 lines were not shown)\n");
    }
}
