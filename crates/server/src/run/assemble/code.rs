//! Starts the stack's caches, functions and processes.

use std::sync::Arc;

use functions::Functions;
use model::Stack;

use super::parts::Parts;
use crate::event::Reporter;
use crate::limit_store::LimitStore;
use crate::processes::Started;
use crate::references::Known;
use crate::reload::Told;
use crate::run::Start;
use crate::start::StartError;

/// What runs, and what came to be known by it.
pub(super) struct Running {
    /// With values in the place of references.
    pub(super) filled: Stack,
    pub(super) limit_store: LimitStore,
    pub(super) processes: Started,
    pub(super) notes: Vec<String>,
}

/// `api` is where the server will answer.
pub(super) async fn start(start: &Start, parts: &Parts, api: &str) -> Result<Running, StartError> {
    let prepared = parts.caches.prepare(&start.stack).await?;
    let filled = Known { api, caches: &prepared.addresses }.fill(&start.stack)?;
    parts.caches.adopt(prepared).await?;
    let (limit_store, note) = LimitStore::open(&filled, &start.state, start.clock.clone()).await?;
    let mut notes = install(&parts.functions, &filled, &start.reporter).await?;
    notes.splice(0..0, note);
    let processes = parts.processes.start(&filled, &*start.reporter).await?;
    Ok(Running { filled, limit_store, processes, notes })
}

/// Prepares and installs the stack's functions; gives what the user should know about them.
async fn install(
    functions: &Arc<Functions>,
    stack: &Stack,
    reporter: &Arc<dyn Reporter>,
) -> Result<Vec<String>, StartError> {
    let all: Vec<_> = stack.functions.values().cloned().collect();
    let told = Told(Arc::clone(reporter));
    let trouble = |problems: Vec<functions::Problem>| StartError::Trouble(problems.into());
    let prepared = functions.prepare(&all, &told).await.map_err(trouble)?;
    let notes =
        prepared.notes.iter().map(|note| format!("{}: {}", note.function, note.text)).collect();
    let installed = functions.install(prepared).await;
    if installed.failed.is_empty() { Ok(notes) } else { Err(trouble(installed.failed)) }
}
