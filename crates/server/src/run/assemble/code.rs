//! Starts the stack's caches, functions and processes.

use std::sync::Arc;

use functions::Functions;
use model::Stack;
use wire::Tls;

use super::parts::Parts;
use crate::deployments::Deployments;
use crate::event::Reporter;
use crate::limit_store::LimitStore;
use crate::listeners;
use crate::processes::Started;
use crate::references::Known;
use crate::reload::Told;
use crate::run::Start;
use crate::start::StartError;
use crate::trouble::Trouble;

/// What runs, and what came to be known by it.
pub(super) struct Running {
    /// With values in the place of references.
    pub(super) filled: Stack,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) limit_store: LimitStore,
    pub(super) processes: Started,
    pub(super) notes: Vec<String>,
}

/// Of deployed stacks, one that cannot be built or does not come to serve is set aside, so that the others
/// are served.
pub(super) async fn start(
    start: &mut Start,
    parts: &Parts,
    deployments: Option<&Deployments>,
) -> Result<Running, StartError> {
    let Some(all) = deployments else { return begin(start, parts).await };
    all.set_aside_unbuildable(&parts.functions, &Told(Arc::clone(&start.reporter))).await;
    loop {
        start.stack = all.composed()?;
        match begin(start, parts).await {
            Err(StartError::Trouble(trouble)) if all.set_aside(&trouble) => {}
            outcome => return outcome,
        }
    }
}

/// What of the stack had started when something did not, is found again by who tries with less.
async fn begin(start: &Start, parts: &Parts) -> Result<Running, StartError> {
    let tls = tls(&start.stack)?;
    let api = listeners::api_url(&start.options, tls.is_some());
    let prepared = parts.caches.prepare(&start.stack).await?;
    let filled =
        Known { api: &api, account: &start.options.inputs.account, caches: &prepared.addresses }
            .fill(&start.stack)?;
    parts.caches.adopt(prepared).await?;
    let mut notes = install(&parts.functions, &filled, &start.reporter).await?;
    let processes = parts.processes.start(&filled, &*start.reporter).await?;
    let (limit_store, note) = LimitStore::open(&filled, &start.state, start.clock.clone()).await?;
    notes.splice(0..0, note);
    Ok(Running { filled, tls, limit_store, processes, notes })
}

fn tls(stack: &Stack) -> Result<Option<Arc<Tls>>, StartError> {
    let Some(files) = &stack.listener.tls else { return Ok(None) };
    match Tls::load(&files.certificate, &files.key) {
        Ok(tls) => Ok(Some(Arc::new(tls))),
        Err(problem) => Err(StartError::Trouble(Trouble::from(problem.to_string()))),
    }
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
