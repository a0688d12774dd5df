//! Follows what a server does for somebody, to its end.

use std::collections::BTreeSet;

use http::Method;
use http_body_util::{BodyExt, Full};
use serde_json::Value;

use super::timeline::Timeline;
use crate::arguments::Output;
use crate::exit::{Exit, Failure};
use crate::{client, output};

/// How much is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Every line, as it comes.
    Json,
    /// Changes, progress and notes, to people.
    All,
    /// For whom it waits, and notes.
    Little,
}

impl From<&Output> for Telling {
    fn from(output: &Output) -> Self {
        if output.is_json() { Self::Json } else { Self::All }
    }
}

/// Asks, prints what is said on the way but for notes that were `told`, and gives the result.
pub(crate) fn follow(
    admin: &str,
    method: Method,
    path: &str,
    body: &Value,
    how: Telling,
    told: &BTreeSet<String>,
) -> Result<Value, Failure> {
    let mut request = client::get(admin, path)?;
    *request.method_mut() = method;
    *request.body_mut() = Full::from(body.to_string());
    client::block_on(async {
        let response = client::send(request).await?;
        if !response.status().is_success() {
            return Err(client::refusal(response).await);
        }
        let mut heard = Heard { timeline: Timeline::default(), how, told };
        let (mut body, mut pending) = (response.into_body(), Vec::new());
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Failure::failed("the server went away"))?;
            pending.extend_from_slice(frame.data_ref().map(|data| &**data).unwrap_or_default());
            while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = pending.drain(..=end).collect();
                if let Some(result) = heard.line(&line)? {
                    return Ok(result);
                }
            }
        }
        Err(Failure::failed("the server went away before it was done")
            .help("after its restart it serves either all of the new stack or all of the old one"))
    })
}

struct Heard<'a> {
    timeline: Timeline,
    how: Telling,
    /// Notes that were told already.
    told: &'a BTreeSet<String>,
}

impl Heard<'_> {
    /// The result, if this is the last line.
    fn line(&mut self, line: &[u8]) -> Result<Option<Value>, Failure> {
        let said: Value = serde_json::from_slice(line).unwrap_or_default();
        let is_json = self.how == Telling::Json;
        if is_json {
            output::write(line)?;
        }
        let text = |key: &str| said[key].as_str().unwrap_or_default();
        match text("event") {
            "failed" if is_json => return Err(Failure::silent(Exit::Failed)),
            "failed" => {
                let failure = Failure::failed(text("message").to_owned());
                return Err(failure.help("nothing was changed; what ran before runs on"));
            }
            "done" => {
                if self.how == Telling::All {
                    output::write(self.timeline.to_string().as_bytes())?;
                }
                return Ok(Some(said["result"].clone()));
            }
            _ if is_json => {}
            "waiting" => output::line(&format!("  waiting for {}", text("behind")))?,
            "changes" | "building" if self.how == Telling::Little => {}
            "changes" => output::write(indented(text("text")).as_bytes())?,
            "building" => {
                let (resource, message) = (text("resource"), text("message"));
                let at = said["at_ms"].as_u64().unwrap_or_default();
                output::line(&format!("  {:>6.1} s  {resource}: {message}", at as f64 / 1000.0))?;
                self.timeline.note(resource, message, at);
            }
            "note" if self.told.contains(text("note")) => {}
            "note" => output::line(&format!("  note {}", text("note")))?,
            _ => {}
        }
        Ok(None)
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
