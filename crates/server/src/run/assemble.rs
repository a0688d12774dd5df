//! Opens, builds and starts what a server is made of, in the order in which one part needs another.

mod code;
mod declare;
mod parts;

use std::net::TcpListener;
use std::sync::Arc;

use arc_swap::ArcSwap;
use gateway::access_log::Bounded;
use model::{Clock, Listener, Stack};
use store::Store;
use wire::Drain;

use super::Start;
use crate::admin::access::Access;
use crate::deployments::{self, Deployments};
use crate::event::Event;
use crate::keys::Keys;
use crate::limit_store::LimitStore;
use crate::listeners::{self, ControlListeners};
use crate::options::{AdminAccess, Served};
use crate::platform::{Core, Platform};
use crate::processes::Port;
use crate::resources::Undeclared;
use crate::start::StartError;
use crate::state::State;
use crate::{urls, worker};

use code::Running;
use declare::Declared;
use parts::Parts;

/// A server that could answer, if it had workers.
pub(super) struct Assembled {
    pub(super) platform: Arc<Platform>,
    /// One for each worker.
    pub(super) api_ports: Vec<TcpListener>,
    /// Held for as long as the server lives.
    pub(super) state: State,
    /// What people should know about their stack.
    pub(super) notes: Vec<String>,
}

/// Dropping this before its end leaves nothing running.
pub(super) async fn assemble(
    mut start: Start,
    access_log: Bounded,
    ports: &ControlListeners,
) -> Result<Assembled, StartError> {
    let parts = Parts::open(&start, ports.aws_url()?)?;
    let access = access(&start)?;
    let deployments = deployments(&start, &parts, ports).await?;
    let reserved = listeners::reserve_api(&mut start.options)?;
    let Running { filled, tls, limit_store, processes, mut notes } =
        code::start(&mut start, &parts, deployments.as_deref()).await?;
    let is_known = deployments.as_ref().is_none_or(|all| all.troubled().is_empty());
    let undeclared = if is_known { Undeclared::Leaves } else { Undeclared::Held };
    let core = core(&start, &parts, access_log, limit_store);
    let declared = Declared::begin(&start, &parts, &core, undeclared).await?;
    notes.extend(declared.notes.iter().cloned());
    lead(&core, &parts, processes, &start.stack)?;
    if let Err(trouble) = core.carry_pauses(start.clock.now()).await {
        start.reporter.report(&Event::from(trouble));
    }
    let keys = keys(&start, &parts.store, &core, undeclared).await?;
    notes.extend(keys.without_value().await);
    let api_ports = open_api(&mut start, reserved)?;
    let addresses = ports.addresses(&api_ports, tls.is_some(), &start.options)?;
    let Start { options, reporter, clock, state, stack, warnings, .. } = start;
    notes.splice(0..0, warnings);
    let stack = Arc::new(stack);
    let platform = Arc::new(Platform {
        started: clock.moment(),
        addresses,
        admission: worker::admission(&stack.listener),
        counters: (0..options.workers).map(|_| Arc::default()).collect(),
        options,
        reporter,
        clock,
        functions: parts.functions,
        asynchronous: parts.asynchronous,
        caches: parts.caches,
        processes: parts.processes,
        core,
        keys,
        access_keys: parts.access_keys,
        aws_calls: Arc::default(),
        access,
        deployments,
        sealing: parts.sealing,
        resources: declared.resources,
        queues: parts.queues,
        recording: parts.recording,
        topics: parts.topics,
        triggers: declared.triggers,
        wanted: ArcSwap::new(Arc::clone(&stack)),
        stack: ArcSwap::new(stack),
        filled: ArcSwap::from_pointee(filled),
        tls,
        drain: Drain::new().0,
        unreadable: ArcSwap::default(),
        applying: tokio::sync::Mutex::new(()),
    });
    Ok(Assembled { platform, api_ports, state, notes })
}

fn access(start: &Start) -> Result<Access, StartError> {
    match start.options.source {
        Served::Deployments { access: AdminAccess::Token } => Access::by_token(start.state.root()),
        _ => Ok(Access::Everybody),
    }
}

async fn deployments(
    start: &Start,
    parts: &Parts,
    ports: &ControlListeners,
) -> Result<Option<Arc<Deployments>>, StartError> {
    let Served::Deployments { .. } = start.options.source else { return Ok(None) };
    let opened = Deployments::open(deployments::Needs {
        store: Arc::clone(&parts.store),
        sealing: Arc::clone(&parts.sealing),
        state: start.state.root().to_owned(),
        account: start.options.inputs.account.clone(),
        aws_url: ports.aws_url()?,
        listener: Listener::default(),
    });
    Ok(Some(opened.await?))
}

fn core(start: &Start, parts: &Parts, access_log: Bounded, limits: LimitStore) -> Core {
    let clock = start.clock.clone();
    let (invoke, deliver) = (parts.functions.clone(), parts.targets.clone());
    let signers = Arc::new(urls::Signers {
        keys: Arc::clone(&parts.access_keys),
        clock: start.clock.clone(),
        account: start.options.inputs.account.clone(),
    });
    Core::new(&start.options, clock, access_log, invoke, deliver, signers, limits)
}

/// Leads requests to what runs.
fn lead(
    core: &Core,
    parts: &Parts,
    started: crate::processes::Started,
    stack: &Stack,
) -> Result<(), StartError> {
    let before = core.gateway.serving();
    let placed = started.place(stack);
    core.gateway.install(&placed).map_err(|error| StartError::Trouble(error.into()))?;
    parts.processes.adopt(started, &before);
    Ok(())
}

async fn keys(
    start: &Start,
    store: &Arc<dyn Store>,
    core: &Core,
    undeclared: Undeclared,
) -> Result<Arc<Keys>, StartError> {
    let counts_alone = core.limit_store.memory().is_some();
    let gateway = Arc::clone(&core.gateway);
    let keys = Keys::new(Arc::clone(store), gateway, start.clock.clone(), counts_alone);
    keys.begin(&start.stack, undeclared)
        .await
        .map_err(|error| StartError::Trouble(error.into()))?;
    Ok(Arc::new(keys))
}

/// Last, so that nobody waits in a queue for a build to end.
fn open_api(start: &mut Start, reserved: Option<Port>) -> Result<Vec<TcpListener>, StartError> {
    let api_ports = listeners::open_api(&start.options, start.api.take())?;
    drop(reserved);
    Ok(api_ports)
}
