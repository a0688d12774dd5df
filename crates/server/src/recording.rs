//! The last invocations, kept in memory so that one can be run again. Only with `--record`; without
//! it, nothing here exists.

mod redact;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use functions::{Ending, Recorder};
use model::{Clock, FunctionName, Invocation, Qualifier, RequestId, Timestamp};
use serde_json::{Value, json};

/// Of all events together.
const MOST_BYTES: usize = 32 << 20;

/// What a server records, as its options say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordingOptions {
    /// The oldest goes when there are more.
    pub invocations: usize,
    pub secrets: Secrets,
}

/// What becomes of headers such as `authorization`, `cookie` and `x-api-key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    Redacted,
    Kept,
}

pub(crate) struct Recording {
    options: RecordingOptions,
    clock: Arc<dyn Clock>,
    ring: Mutex<Ring>,
}

#[derive(Default)]
struct Ring {
    /// The oldest first.
    kept: VecDeque<Kept>,
    bytes: usize,
}

/// An invocation, and what came of it once that is known.
struct Kept {
    at: Timestamp,
    function: FunctionName,
    qualifier: Qualifier,
    request_id: RequestId,
    event: Bytes,
    came: Option<(Ending, Duration)>,
}

impl Recording {
    pub(crate) fn new(options: RecordingOptions, clock: Arc<dyn Clock>) -> Self {
        Self { options, clock, ring: Mutex::default() }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of them without their events, the latest first.
    pub(crate) fn list(&self) -> Value {
        let ring = self.ring();
        let invocations: Vec<Value> = ring.kept.iter().rev().map(Kept::shown).collect();
        json!({ "most": self.options.invocations, "bytes": ring.bytes, "invocations": invocations })
    }

    pub(crate) fn len(&self) -> usize {
        self.ring().kept.len()
    }

    /// The one with this id, or the first whose request had it: replays have the request's too.
    pub(crate) fn find(&self, id: &str) -> Option<Value> {
        let ring = self.ring();
        let mut kept = ring.kept.iter();
        let kept = kept
            .clone()
            .find(|kept| kept.request_id.as_str() == id)
            .or_else(|| kept.find(|kept| kept.api_id().as_deref() == Some(id)))?;
        let mut shown = kept.shown();
        shown["event"] = serde_json::from_slice(&kept.event).unwrap_or_default();
        Some(shown)
    }
}

impl Recorder for Recording {
    fn begins(&self, invocation: &Invocation) {
        let event = match self.options.secrets {
            Secrets::Kept => None,
            Secrets::Redacted => redact::redacted(&invocation.event),
        };
        let kept = Kept {
            at: self.clock.timestamp(),
            function: invocation.function.clone(),
            qualifier: invocation.qualifier.clone(),
            request_id: invocation.request_id.clone(),
            event: event.unwrap_or_else(|| invocation.event.clone()),
            came: None,
        };
        self.ring().push(kept, self.options.invocations);
    }

    fn ended(&self, request_id: &RequestId, ending: Ending, took: Duration) {
        let mut ring = self.ring();
        let mut latest = ring.kept.iter_mut().rev();
        if let Some(kept) = latest.find(|kept| kept.request_id == *request_id) {
            kept.came = Some((ending, took));
        }
    }
}

impl Ring {
    fn push(&mut self, kept: Kept, most: usize) {
        // An event that is tried again has the id that it had.
        if let Some(at) = self.kept.iter().position(|it| it.request_id == kept.request_id) {
            self.bytes -= self.kept.remove(at).map_or(0, |before| before.event.len());
        }
        self.bytes += kept.event.len();
        self.kept.push_back(kept);
        while self.kept.len() > most || self.bytes > MOST_BYTES {
            let Some(oldest) = self.kept.pop_front() else { return };
            self.bytes -= oldest.event.len();
        }
    }
}

impl Kept {
    /// The id that the caller of an API got.
    fn api_id(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Event {
            request_context: Context,
        }
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Context {
            request_id: String,
        }
        let event: Event = serde_json::from_slice(&self.event).ok()?;
        Some(event.request_context.request_id)
    }

    fn shown(&self) -> Value {
        let (ending, took) = self.came.map_or((None, None), |(ending, took)| {
            (Some(ending), Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX)))
        });
        json!({
            "time": self.at.to_string(),
            "function": self.function,
            "qualifier": self.qualifier.to_string(),
            "requestId": self.request_id.as_str(),
            "apiRequestId": self.api_id(),
            "bytes": self.event.len(),
            "ending": ending,
            "tookMs": took,
        })
    }
}

/// Without events, which may hold anything.
impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("options", &self.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
