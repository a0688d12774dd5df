//! What a server has whatever its stack declares.

use std::sync::Arc;

use aws::sigv4::AccessKeys;
use functions::{Asynchronous, Functions};
use messaging::{Queues, Topics};
use store::Store;

use crate::caches::Caches;
use crate::processes::Processes;
use crate::recording::Recording;
use crate::run::Start;
use crate::seal::Sealing;
use crate::start::StartError;
use crate::targets::Targets;
use crate::{access_keys, function_settings, queues, topics};

/// Everything is open, and nothing runs.
pub(super) struct Parts {
    pub(super) store: Arc<dyn Store>,
    pub(super) sealing: Arc<Sealing>,
    pub(super) access_keys: Arc<AccessKeys>,
    pub(super) functions: Arc<Functions>,
    pub(super) asynchronous: Arc<Asynchronous>,
    pub(super) caches: Caches,
    pub(super) processes: Processes,
    pub(super) queues: Arc<Queues>,
    pub(super) recording: Option<Arc<Recording>>,
    pub(super) topics: Arc<Topics>,
    pub(super) targets: Arc<Targets>,
}

impl Parts {
    pub(super) fn open(start: &Start, aws_url: String) -> Result<Self, StartError> {
        let store = start.state.open_store()?;
        let sealing = Arc::new(Sealing::open(start.state.root())?);
        let keys = access_keys::open(start.options.aws_credentials.as_deref())?;
        let mut settings = function_settings::of(
            start.state.root(),
            start.clock.clone(),
            start.launcher.clone(),
            &start.options.inputs,
            (aws_url.clone(), keys.functions),
        );
        settings.account_concurrency = start.options.account_concurrency;
        let recording = start.options.recording;
        let recording = recording.map(|it| Arc::new(Recording::new(it, start.clock.clone())));
        settings.recorder = recording.clone().map(|it| it as _);
        settings.debugger.clone_from(&start.options.debugger);
        let functions = Functions::new(settings.clone());
        let functions = functions.map_err(StartError::machine("functions"))?;
        let logs = Arc::clone(functions.logs());
        let caches = Caches::new(&settings, start.launcher.clone(), Arc::clone(&logs));
        let artifacts = functions.artifacts();
        let processes = Processes::new(&settings, artifacts, start.launcher.clone(), logs);
        let account = start.options.inputs.account.clone();
        let queues = queues::open(store.clone(), start.clock.clone(), account)?;
        let targets = Arc::new(Targets::new(start.clock.clone(), Arc::clone(&queues)));
        let topics = open_topics(start, &store, aws_url)?;
        targets.set_topics(&topics);
        let asynchronous = Asynchronous::new(functions.clone(), store.clone(), targets.clone());
        targets.set_functions(&asynchronous);
        Ok(Self {
            store,
            sealing,
            access_keys: Arc::new(keys.accepted),
            functions,
            asynchronous,
            caches,
            processes,
            queues,
            recording,
            topics,
            targets,
        })
    }
}

fn open_topics(
    start: &Start,
    store: &Arc<dyn Store>,
    address: String,
) -> Result<Arc<Topics>, StartError> {
    topics::open(topics::Needs {
        store: store.clone(),
        clock: start.clock.clone(),
        account: start.options.inputs.account.clone(),
        address,
        mail: start.options.mail.as_ref(),
        folder: start.state.root(),
    })
}
