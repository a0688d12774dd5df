//! Opens, builds and starts what a server is made of, in the order in which one part needs another.

use std::net::TcpListener;
use std::sync::Arc;

use arc_swap::ArcSwap;
use functions::{Asynchronous, Functions};
use messaging::Topics;
use model::{Clock, Stack};
use store::Store;
use wire::{Drain, Tls};

use super::Start;
use crate::access_keys;
use crate::caches::Caches;
use crate::event::Reporter;
use crate::function_settings;
use crate::keys::Keys;
use crate::limit_store::LimitStore;
use crate::listeners::{self, ControlListeners};
use crate::options::Options;
use crate::platform::{Core, Platform};
use crate::processes::Processes;
use crate::recording::Recording;
use crate::references::Known;
use crate::reload::Told;
use crate::resources::{Install, InstallFunctions, Resources};
use crate::seal::Sealing;
use crate::start::StartError;
use crate::state::State;
use crate::targets::Targets;
use crate::topics;
use crate::trouble::Trouble;
use crate::worker;
use crate::{queues, triggers, urls};

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
    ports: &ControlListeners,
) -> Result<Assembled, StartError> {
    let tls = tls(&start.stack)?;
    let store = start.state.open_store()?;
    let sealing = Sealing::open(start.state.root())?;
    let access_keys = access_keys::open(start.options.aws_credentials.as_deref())?;
    let mut settings = function_settings::of(
        start.state.root(),
        start.clock.clone(),
        start.launcher.clone(),
        &start.options.inputs,
        (ports.aws_url()?, access_keys.functions),
    );
    settings.account_concurrency = start.options.account_concurrency;
    let recording = start.options.recording;
    let recording = recording.map(|it| Arc::new(Recording::new(it, start.clock.clone())));
    settings.recorder = recording.clone().map(|it| it as _);
    settings.debugger.clone_from(&start.options.debugger);
    let functions = Functions::new(settings.clone()).map_err(StartError::machine("functions"))?;
    let logs = Arc::clone(functions.logs());
    let caches = Caches::new(&settings, start.launcher.clone(), Arc::clone(&logs));
    let processes = Processes::new(&settings, start.launcher.clone(), logs);
    let account = start.options.inputs.account.clone();
    let queues = queues::open(store.clone(), start.clock.clone(), account)?;
    let targets = Arc::new(Targets::new(start.clock.clone(), Arc::clone(&queues)));
    let topics = topics::open(topics::Needs {
        store: store.clone(),
        clock: start.clock.clone(),
        account: start.options.inputs.account.clone(),
        address: ports.aws_url()?,
        mail: start.options.mail.as_ref(),
        folder: start.state.root(),
    })?;
    targets.set_topics(&topics);
    let asynchronous = Asynchronous::new(functions.clone(), store.clone(), targets.clone());
    targets.set_functions(&asynchronous);
    let prepared = caches.prepare(&start.stack).await?;
    let reserved = listeners::reserve_api(&mut start.options)?;
    let api = listeners::api_url(&start.options, tls.is_some());
    let filled = Known { api: &api, caches: &prepared.addresses }.fill(&start.stack)?;
    caches.adopt(prepared).await?;
    let limit_store = LimitStore::open(&filled, &start.state, start.clock.clone()).await?;
    let mut notes = std::mem::take(&mut start.warnings);
    notes.extend(install(&functions, &filled, &start.reporter).await?);
    let started = processes.start(&filled, &*start.reporter).await?;
    let accepted = Arc::new(access_keys.accepted);
    let signers = Arc::new(urls::Signers {
        keys: Arc::clone(&accepted),
        clock: start.clock.clone(),
        account: start.options.inputs.account.clone(),
    });
    let core = Core::new(
        &start.options,
        start.clock.clone(),
        start.sink,
        functions.clone(),
        targets.clone(),
        signers,
        limit_store,
    );
    let triggers = triggers::Owner::open(triggers::Meets {
        account: start.options.inputs.account.clone(),
        clock: start.clock.clone(),
        store: store.clone(),
        deliver: targets.clone(),
        invoke: functions.clone(),
        queues: Arc::clone(&queues),
        reporter: Arc::clone(&start.reporter),
    })
    .await?;
    let owners: Vec<Box<dyn Install>> = vec![
        Box::new(queues::Owner(Arc::clone(&queues))),
        Box::new(topics::Owner(Arc::clone(&topics))),
        Box::new(Arc::clone(&triggers)),
        Box::new(InstallFunctions::new(functions.clone(), asynchronous.clone())),
        Box::new(urls::Owner {
            gateway: Arc::clone(&core.gateway),
            account: start.options.inputs.account.clone(),
        }),
    ];
    let resources = resources(&start.options, start.clock.clone(), Arc::clone(&store), owners);
    triggers.remove_from(&resources);
    notes.extend(resources.begin(&start.stack).await?);
    begin(&topics, targets).await?;
    let before = core.gateway.serving();
    let placed = started.place(&start.stack);
    core.gateway.install(&placed).map_err(|error| StartError::Trouble(error.into()))?;
    processes.adopt(started, &before);
    let keys = keys(store, &core, &start.stack, start.clock.clone()).await?;
    notes.extend(keys.without_value().await);

    // Last, so that nobody waits in a queue for a build to end.
    let api_ports = listeners::open_api(&start.options)?;
    drop(reserved);
    let addresses = ports.addresses(&api_ports, tls.is_some())?;
    let stack = Arc::new(start.stack);
    let platform = Arc::new(Platform {
        started: start.clock.moment(),
        addresses,
        admission: worker::admission(&stack.listener),
        counters: (0..start.options.workers).map(|_| Arc::default()).collect(),
        options: start.options,
        reporter: start.reporter,
        clock: start.clock,
        functions,
        asynchronous,
        caches,
        processes,
        core,
        keys,
        access_keys: accepted,
        sealing: Arc::new(sealing),
        resources,
        queues,
        recording,
        topics,
        triggers,
        wanted: ArcSwap::new(Arc::clone(&stack)),
        stack: ArcSwap::new(stack),
        filled: ArcSwap::from_pointee(filled),
        tls,
        drain: Drain::new().0,
        applying: tokio::sync::Mutex::new(()),
    });
    Ok(Assembled { platform, api_ports, state: start.state, notes })
}

fn resources(
    options: &Options,
    clock: Arc<dyn Clock>,
    store: Arc<dyn Store>,
    owners: Vec<Box<dyn Install>>,
) -> Arc<Resources> {
    let account = options.inputs.account.clone();
    let most = options.account_concurrency;
    Arc::new(Resources::new(store, clock, account, most, owners))
}

/// Goes on with what topics have yet to deliver.
async fn begin(topics: &Arc<Topics>, targets: Arc<Targets>) -> Result<(), StartError> {
    let begun = topics.start(targets).await;
    begun.map_err(|error| StartError::Trouble(Trouble::from(error.to_string())))
}

async fn keys(
    store: Arc<dyn Store>,
    core: &Core,
    stack: &Stack,
    clock: Arc<dyn Clock>,
) -> Result<Arc<Keys>, StartError> {
    let keys = Keys::new(store, Arc::clone(&core.gateway), clock);
    keys.begin(stack).await.map_err(|error| StartError::Trouble(error.into()))?;
    Ok(Arc::new(keys))
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
