//! What somebody who deploys hears while it happens.

use std::sync::Arc;

use model::{Clock, Moment};
use serde::Serialize;
use serde_json::{Value, json};
use stack::change_set::ChangeSet;
use tokio::sync::mpsc::Sender;

use crate::event::{Event, Reporter};
use crate::trouble::Trouble;

/// One thing that happened; one line of JSON for whoever deploys.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Said {
    /// Another deployment comes first.
    Waiting {
        behind: String,
    },
    /// What will be different, with what each change does to traffic.
    Changes {
        changes: ChangeSet,
        text: String,
    },
    Building {
        resource: String,
        message: String,
    },
    Note {
        note: String,
    },
    Done {
        result: Value,
    },
    /// What ran before runs on.
    Failed {
        message: String,
        problems: Vec<Value>,
    },
}

impl From<Trouble> for Said {
    fn from(Trouble { message, problems }: Trouble) -> Self {
        Self::Failed { message, problems }
    }
}

/// Passes on what happens, with its time since the beginning.
pub(crate) struct Progress {
    to: Sender<bytes::Bytes>,
    clock: Arc<dyn Clock>,
    began: Moment,
    /// Whoever started the server hears of it, too.
    server: Arc<dyn Reporter>,
}

impl Progress {
    pub(crate) fn new(
        to: Sender<bytes::Bytes>,
        clock: Arc<dyn Clock>,
        server: Arc<dyn Reporter>,
    ) -> Self {
        Self { to, began: clock.moment(), clock, server }
    }

    /// Who reads slowly misses lines, and never holds up what it hears of.
    pub(crate) fn say(&self, said: &Said) {
        let _ = self.to.try_send(self.line(said));
    }

    /// The last thing said, which is never missed.
    pub(crate) async fn end(&self, said: &Said) {
        // Who went away hears nothing.
        let _ = self.to.send(self.line(said)).await;
    }

    fn line(&self, said: &Said) -> bytes::Bytes {
        let mut line = serde_json::to_value(said).unwrap_or_default();
        let at = self.clock.moment().since(self.began).as_millis();
        line["at_ms"] = json!(u64::try_from(at).unwrap_or(u64::MAX));
        format!("{line}\n").into()
    }
}

impl Reporter for Progress {
    fn report(&self, event: &Event) {
        match event {
            Event::Building { function, message } => {
                let (resource, message) = (function.clone(), message.clone());
                self.say(&Said::Building { resource, message });
            }
            Event::Note { note } => self.say(&Said::Note { note: note.clone() }),
            _ => {}
        }
        self.server.report(event);
    }
}
