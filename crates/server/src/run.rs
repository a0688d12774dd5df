//! The life of a server, from its options to its end.

use std::sync::Arc;

use arc_swap::ArcSwap;
use functions::{Functions, Settings};
use gateway::access_log::Bounded;
use model::{Clock, Stack, SystemClock};
use sandbox::Launcher;
use tokio::runtime::Builder;
use tokio::task::{JoinHandle, LocalSet};
use wire::{Drain, Tls};

use crate::control::{self, Control};
use crate::counts;
use crate::drain::{self, Signals};
use crate::event::{Event, Reporter};
use crate::keys::{Keys, keep_noting};
use crate::limit_store::LimitStore;
use crate::listeners::{self, ControlListeners};
use crate::options::Options;
use crate::platform::{Core, Platform};
use crate::processes::Processes;
use crate::reload::{Following, Told, follow};
use crate::start::StartError;
use crate::state::State;
use crate::trouble::Trouble;
use crate::{access_log, launcher, process, worker};

/// Threads of the runtime for builds, health checks and process supervision.
const CONTROL_THREADS: usize = 1;

/// How a server that had started came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every request that had begun was answered.
    Drained,
    /// A second signal, or the drain's deadline, cut requests off.
    Cut,
}

/// Serves a stack until a signal ends it. Must be called before the process has threads.
pub fn run(options: Options, reporter: Arc<dyn Reporter>) -> Result<Ended, StartError> {
    let clock = Arc::new(SystemClock::start());
    process::raise_open_files();
    let state = State::open(&options.state)?;
    listeners::probe(&options)?;
    let read = stack::read_with_warnings(&options.manifest, &options.inputs)
        .map_err(|problems| StartError::Trouble(Trouble::of(&problems, options.look)))?;
    let launcher = Launcher::start(&options.launcher.0, &[options.launcher.1])?;
    let failed = |what| move |error| StartError::Machine { what, error };
    let control = Builder::new_multi_thread()
        .worker_threads(CONTROL_THREADS)
        .thread_name("control")
        .enable_all()
        .build()
        .map_err(failed("control threads"))?;
    let (sink, log_thread) = access_log::start(&state.access_log(), Arc::clone(&reporter))
        .map_err(failed("access log"))?;
    // The admin and AWS ports are served by this thread, all other control work by the runtime's.
    let warnings = read.warnings.as_ref().map(warnings).unwrap_or_default();
    let stack = read.stack;
    let serving = serve(Start { options, reporter, clock, state, stack, warnings, launcher, sink });
    let ended = LocalSet::new().block_on(&control, serving);
    control.shutdown_background();
    // Its last sink went with the gateway.
    let _ = log_thread.join();
    ended
}

/// What exists before the first thread does.
struct Start {
    options: Options,
    reporter: Arc<dyn Reporter>,
    clock: Arc<SystemClock>,
    state: State,
    stack: Stack,
    /// What is right in the manifest and was probably not meant.
    warnings: Vec<String>,
    launcher: Launcher,
    sink: Bounded,
}

/// A line for each; `tidegate check` shows where they are.
fn warnings(problems: &stack::Problems) -> Vec<String> {
    let line = |problem: &stack::Problem| format!("{}: {}", problem.code, problem.message);
    problems.all.iter().map(line).collect()
}

async fn serve(mut start: Start) -> Result<Ended, StartError> {
    let mut signals = Signals::listen().map_err(StartError::machine("signals"))?;
    let ports = ControlListeners::open(&start.options)?;
    let launcher = start.launcher.clone();
    let tls = tls(&start.stack)?;
    let limit_store = tokio::select! {
        opened = LimitStore::open(&start.stack, &start.state, start.clock.clone()) => opened?,
        () = signals.stop() => return Ok(Ended::Cut),
    };
    let following = Following::begin(&start.stack);
    let settings = settings(&start, ports.aws_url()?);
    let functions = Functions::new(settings.clone()).map_err(StartError::machine("functions"))?;
    let logs = Arc::clone(functions.logs());
    let processes = Processes::new(&settings, launcher.clone(), logs);
    // A build may take minutes, in which a signal must not wait.
    let mut notes = tokio::select! {
        installed = install(&functions, &start.stack, &start.reporter) => installed?,
        () = signals.stop() => return Ok(Ended::Cut),
    };
    let started = tokio::select! {
        started = processes.start(&start.stack, &*start.reporter) => started?,
        () = signals.stop() => return Ok(Ended::Cut),
    };
    notes.splice(0..0, std::mem::take(&mut start.warnings));
    let core =
        Core::new(&start.options, start.clock.clone(), start.sink, functions.clone(), limit_store);
    let before = core.gateway.serving();
    let placed = started.place(&start.stack);
    core.gateway.install(&placed).map_err(|error| StartError::Trouble(error.into()))?;
    processes.adopt(started, &before);
    let keys = Keys::open(&start.state, Arc::clone(&core.gateway), start.clock.clone())
        .map_err(|error| StartError::Trouble(error.to_string().into()))?;
    keys.begin(&start.stack).await.map_err(|error| StartError::Trouble(error.into()))?;
    let keys = Arc::new(keys);
    notes.extend(keys.without_value().await);

    // Last, so that nobody waits in a queue for a build to end.
    let api_ports = listeners::open_api(&start.options)?;
    let addresses = ports.addresses(&api_ports, tls.is_some())?;
    let stack = Arc::new(start.stack);
    let platform = Arc::new(Platform {
        started: start.clock.moment(),
        addresses: addresses.clone(),
        admission: worker::admission(&stack.listener),
        counters: (0..start.options.workers).map(|_| Arc::default()).collect(),
        options: start.options,
        reporter: start.reporter,
        clock: start.clock,
        functions,
        processes,
        core,
        keys,
        wanted: ArcSwap::new(Arc::clone(&stack)),
        stack: ArcSwap::new(stack),
        tls,
        drain: Drain::new().0,
        applying: tokio::sync::Mutex::new(()),
    });
    let sandbox = launcher::describe(&launcher);
    platform.report(&Event::Found { stack: platform.stack.load_full(), sandbox, notes });
    let workers = worker::spawn_all(&platform, api_ports)?;
    let control = Control::serve(&platform, ports);
    start.state.publish(&addresses).map_err(StartError::machine("state folder"))?;
    platform.report(&Event::Ready(addresses));

    let gateway = Arc::clone(&platform.core.gateway);
    let noting = keep_noting(Arc::clone(&platform.keys), Arc::clone(&platform.reporter));
    let background = [
        tokio::task::spawn_local(noting),
        tokio::task::spawn_local(follow(following, Arc::clone(&platform))),
        tokio::task::spawn_local(launcher::keep(launcher, Arc::clone(&platform))),
        tokio::task::spawn_local(control::tell_logs(Arc::clone(&platform))),
        tokio::spawn(async move { gateway.watch().await }),
        tokio::spawn(counts::keep(Arc::clone(&platform))),
    ];
    let cut = drain::until_the_end(&platform, signals).await;
    background.iter().for_each(JoinHandle::abort);
    control.end().await;
    worker::join_all(workers);
    platform.end_usage().await;
    platform.core.limit_store.close().await;
    platform.report(&Event::Stopped { cut });
    Ok(if cut == 0 { Ended::Drained } else { Ended::Cut })
}

fn tls(stack: &Stack) -> Result<Option<Arc<Tls>>, StartError> {
    let Some(files) = &stack.listener.tls else { return Ok(None) };
    match Tls::load(&files.certificate, &files.key) {
        Ok(tls) => Ok(Some(Arc::new(tls))),
        Err(problem) => Err(StartError::Trouble(Trouble::from(problem.to_string()))),
    }
}

/// Functions find the AWS port as they would find AWS, with credentials that need not be right.
fn settings(start: &Start, aws_url: String) -> Settings {
    let mut settings = Settings::new(start.state.root(), start.clock.clone());
    settings.launcher = Some(start.launcher.clone());
    if let Some(path) = start.options.inputs.environment.get("PATH") {
        settings.path = path.into();
    }
    let variables = [
        ("AWS_ENDPOINT_URL", aws_url),
        ("AWS_ACCESS_KEY_ID", "tidegate".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "tidegate".to_owned()),
        ("AWS_SESSION_TOKEN", "tidegate".to_owned()),
    ];
    settings.variables.extend(variables.map(|(name, value)| (name.to_owned(), value)));
    settings
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
