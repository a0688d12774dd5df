//! What a running server tells whoever started it.

use std::sync::Arc;

use functions::logs::Record;
use model::Stack;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use serde_json::Value;

use crate::state::Addresses;
use crate::trouble::Trouble;

/// One thing that happened. Its JSON form is stable interface: `tidegate up --output json`.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// What there is to serve, said before it is served.
    Found {
        stack: Arc<Stack>,
        /// What isolates functions on this machine.
        sandbox: String,
        /// What the user should know and that stops nothing.
        notes: Vec<String>,
    },
    /// Traffic is served.
    Ready(Addresses),
    /// A function's code is being built.
    Building { function: String, message: String },
    /// A new state is live.
    Reload { changes: Vec<String>, took_ms: u64 },
    /// What the user should know of a new state, and that stops nothing.
    Note { note: String },
    /// Something is wrong.
    Problem { message: String, problems: Vec<Value> },
    /// A new state is refused, and the state before it keeps running.
    #[serde(rename = "problem")]
    Refused { message: String, problems: Vec<Value> },
    /// A record of a function's log.
    Log(Logged),
    /// A request was answered.
    Request(Sample),
    /// So many events before this one came faster than they were read.
    Missed { events: u64 },
    /// No new connections are taken and requests in flight finish.
    Draining,
    /// Everything has ended; so many connections were cut off.
    Stopped { cut: u64 },
}

impl From<Trouble> for Event {
    fn from(trouble: Trouble) -> Self {
        Self::Problem { message: trouble.message, problems: trouble.problems }
    }
}

impl Event {
    /// Of a new state that is not made the running one.
    pub(crate) fn refused(trouble: Trouble) -> Self {
        Self::Refused { message: trouble.message, problems: trouble.problems }
    }
}

/// A record, shared with whoever else follows the log.
#[derive(Debug, Clone)]
pub enum Logged {
    Record(Arc<Record>),
    /// So many records came faster than they were read.
    Missed(u64),
}

impl Serialize for Logged {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Record(record) => record.serialize(serializer),
            Self::Missed(records) => {
                let mut object = serializer.serialize_struct("Missed", 1)?;
                object.serialize_field("missed", records)?;
                object.end()
            }
        }
    }
}

/// One line of the access log, for somebody watching.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// `12:00:01`.
    pub time: String,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub latency_ms: u64,
}

/// Receives events in the order they happened. Called from any thread; must not block for long.
pub trait Reporter: Send + Sync {
    fn report(&self, event: &Event);

    /// No event follows at once: time to write what was held back.
    fn flush(&self) {}

    /// Whether single requests are of interest; reading them off the log costs time.
    fn watches_requests(&self) -> bool {
        false
    }

    /// Whether single log lines are.
    fn watches_logs(&self) -> bool {
        true
    }
}
