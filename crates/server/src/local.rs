//! Runs one function of a stack for one event without a server: the same sandbox, the same Runtime
//! API, the same logs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use functions::artifacts::Guest;
use functions::logs::{Follow, Followed};
use functions::{Debugger, Functions, Problem, Whole};
use futures_util::FutureExt;
use model::invoke::LogCapture;
use model::{
    Account, Clock, Function, FunctionName, Invocation, Invoke, InvokeRefusal, Qualifier,
    Reference, RequestId, Stack, SystemClock, TraceContext,
};
use sandbox::Launcher;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::event::{Event, Logged, Reporter};
use crate::references::Known;
use crate::reload::Told;
use crate::start::StartError;
use crate::state::{self, Addresses};
use crate::trouble::Trouble;
use crate::{access_keys, drain, function_settings, process};

/// What is run, and with what.
#[derive(Debug, Clone)]
pub struct LocalOptions {
    /// The manifest, absolute.
    pub manifest: PathBuf,
    pub inputs: stack::Inputs,
    /// How problems of the manifest are drawn.
    pub look: stack::Look,
    /// Builds, logs and the functions' data; a server may be using it at the same time.
    pub state: PathBuf,
    /// The program and argument that start the launcher.
    pub launcher: (PathBuf, &'static str),
    pub function: String,
    /// JSON.
    pub event: Bytes,
    /// Where the function waits for a debugger before anything of it runs.
    pub debug_port: Option<u16>,
}

/// What the function answered.
#[derive(Debug, Clone)]
pub struct LocalReply {
    pub payload: Bytes,
    /// Whether the payload tells of an error of the function.
    pub failed: bool,
    pub request_id: String,
}

/// Why the function did not run.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    #[error("the stack has no function `{0}`")]
    NoFunction(String),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Refused(#[from] InvokeRefusal),
    /// A signal came first.
    #[error("interrupted")]
    Interrupted,
}

impl From<Trouble> for LocalError {
    fn from(trouble: Trouble) -> Self {
        Self::Start(StartError::Trouble(trouble))
    }
}

/// Where the server that functions call is, though none may be running.
const USUAL: [&str; 3] =
    ["http://127.0.0.1:3000", "http://127.0.0.1:4567", "http://127.0.0.1:4566"];

/// Builds what needs building, runs the function once and leaves nothing running. What it logs and
/// what is to be known goes to `reporter`. Must be called before the process has threads.
pub fn invoke_local(
    mut options: LocalOptions,
    reporter: Arc<dyn Reporter>,
) -> Result<LocalReply, LocalError> {
    process::raise_open_files();
    let around = addresses(&options)?;
    options.inputs.aws_url = Some(around.aws.clone());
    let stack = stack::read_with_warnings(&options.manifest, &options.inputs);
    let stack = stack.map_err(|problems| Trouble::of(&problems, options.look))?.stack;
    let account = &options.inputs.account;
    let function = only(stack, &options.function, (&around, account))?;
    let unusable = |error| StartError::State { path: options.state.clone(), error };
    state::create(&options.state).map_err(unusable)?;
    let launcher = Launcher::start(&options.launcher.0, &[options.launcher.1]);
    let launcher = launcher.map_err(StartError::from)?;
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(StartError::machine("threads"))?;
    let run = run(options, function, (launcher, around.aws), reporter);
    let reply = runtime.block_on(run);
    runtime.shutdown_background();
    reply
}

fn addresses(options: &LocalOptions) -> Result<Addresses, LocalError> {
    let running = state::running(&options.state).map_err(StartError::machine("state folder"))?;
    let [api, admin, aws] = USUAL.map(str::to_owned);
    Ok(running.unwrap_or(Addresses { api, admin, aws, aws_credentials: None }))
}

/// The one function, with everything known in the place of references.
fn only(
    mut stack: Stack,
    named: &str,
    (around, account): (&Addresses, &Account),
) -> Result<Function, LocalError> {
    // A template's functions have the name of its stack before their own.
    let full = format!("{}-{named}", stack.name);
    let there = |text| FunctionName::parse(text).ok().filter(|it| stack.functions.contains_key(it));
    let name = there(named).or_else(|| there(&full));
    let name = name.ok_or_else(|| LocalError::NoFunction(named.to_owned()))?;
    stack.functions.retain(|other, _| *other == name);
    stack.processes.clear();
    stack.limits_store = None;
    for (variable, value) in stack.functions.values().flat_map(|it| &it.environment) {
        let mut references = model::reference::marked(value);
        if let Some(cache) = references.find(|it| matches!(it, Reference::Cache(..))) {
            return Err(LocalError::from(Trouble::from(format!(
                "function `{name}`: its variable `{variable}` refers to `{cache}`, which only a \
                 server runs; give the variable a value with --env-vars, or run the function on \
                 the server"
            ))));
        }
    }
    let known = Known { api: &around.api, account, caches: &BTreeMap::new() };
    let mut filled = known.fill(&stack)?;
    filled.functions.remove(&name).ok_or_else(|| LocalError::NoFunction(named.to_owned()))
}

async fn run(
    options: LocalOptions,
    function: Function,
    (launcher, aws_url): (Launcher, String),
    reporter: Arc<dyn Reporter>,
) -> Result<LocalReply, LocalError> {
    let mut signals = drain::Signals::listen().map_err(StartError::machine("signals"))?;
    let clock = Arc::new(SystemClock::start());
    let key = access_keys::open(None)?.functions;
    let mut settings = function_settings::of(
        &options.state,
        clock.clone(),
        launcher.clone(),
        &options.inputs,
        (aws_url, key),
    );
    settings.debugger = options.debug_port.map(|port| Debugger {
        function: function.name.clone(),
        port,
        start: functions::Start::Attached,
    });
    let _guest = Guest::enter(&options.state).map_err(StartError::machine("state folder"))?;
    let functions = Functions::new(settings).map_err(StartError::machine("functions"))?;
    let (ended, end) = oneshot::channel();
    let following = functions.logs().follow(None);
    let telling = tokio::spawn(tell(following, end, Arc::clone(&reporter)));
    let running = once(&functions, function, options.event, &clock, &reporter);
    let reply = tokio::select! {
        reply = running => reply,
        () = signals.stop() => Err(LocalError::Interrupted),
    };
    functions.drain(std::time::Duration::ZERO).await;
    drop(ended);
    // It ends with what there is to tell.
    let _ = telling.await;
    reply
}

async fn once(
    functions: &Arc<Functions>,
    function: Function,
    event: Bytes,
    clock: &SystemClock,
    reporter: &Arc<dyn Reporter>,
) -> Result<LocalReply, LocalError> {
    let name = function.name.clone();
    let told = Told(Arc::clone(reporter));
    let wrong = |problems: Vec<Problem>| LocalError::from(Trouble::from(problems));
    let prepared = functions.prepare(&[function], &told).await.map_err(wrong)?;
    for note in &prepared.notes {
        reporter.report(&Event::Note { note: format!("{}: {}", note.function, note.text) });
    }
    functions.install(prepared).await;
    let request_id = RequestId::from_random(fastrand::u128(..));
    let invocation = Invocation {
        function: name,
        qualifier: Qualifier::LATEST,
        request_id: request_id.clone(),
        event,
        trace: TraceContext::start(clock.timestamp(), fastrand::u128(..)),
        log: LogCapture::None,
        client: None,
    };
    let reply = functions.invoke(invocation).await?;
    let Whole { payload, is_error, .. } = functions::whole(reply).await;
    Ok(LocalReply { payload, failed: is_error, request_id: request_id.to_string() })
}

/// Tells what is logged as it appears, and what is left when the run has ended.
async fn tell(mut follow: Follow, mut end: oneshot::Receiver<()>, reporter: Arc<dyn Reporter>) {
    let told = |followed| {
        reporter.report(&Event::Log(match followed {
            Followed::Record(record) => Logged::Record(record),
            Followed::Missed(records) => Logged::Missed(records),
        }));
    };
    loop {
        tokio::select! {
            biased;
            followed = follow.next() => match followed {
                Some(followed) => told(followed),
                None => return,
            },
            _ = &mut end => break,
        }
    }
    while let Some(Some(followed)) = follow.next().now_or_never() {
        told(followed);
    }
}
