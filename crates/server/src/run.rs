//! The life of a server, from its options to its end.

mod assemble;
mod background;

use std::net::TcpListener;
use std::sync::Arc;

use gateway::access_log::Bounded;
use model::{Stack, SystemClock};
use sandbox::Launcher;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::admin::backup;
use crate::aside::aside;
use crate::control::{self, Control};
use crate::drain::{self, Signals};
use crate::event::{Event, Reporter};
use crate::listeners::{self, ControlListeners};
use crate::options::{Options, Served};
use crate::passed::{Passed, notify};
use crate::reload::Following;
use crate::start::StartError;
use crate::state::State;
use crate::trouble::Trouble;
use crate::{access_log, debugging, launcher, process, worker};

use assemble::{Assembled, assemble};

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
pub fn run(mut options: Options, reporter: Arc<dyn Reporter>) -> Result<Ended, StartError> {
    let clock = Arc::new(SystemClock::start());
    process::raise_open_files();
    let state = State::open(&options.state)?;
    backup::remove_left(state.root());
    let mut passed = Passed::take()?;
    listeners::follow(&mut options, &passed)?;
    listeners::probe(&options, &passed)?;
    // Before the manifest is read, which may name the queues behind them.
    let ports = ControlListeners::open(&options, &mut passed)?;
    options.inputs.aws_url = Some(ports.aws_url()?);
    let (stack, warnings) = found(&options)?;
    let api = passed.api;
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
    let serving = serve(
        Start { options, reporter, clock, state, stack, warnings, launcher, api },
        sink,
        ports,
    );
    let own = Builder::new_current_thread().enable_all().build();
    let own = own.map_err(failed("main thread"))?;
    let ended = LocalSet::new().block_on(&own, aside(control.handle().clone(), serving));
    control.shutdown_background();
    // Its last sink went with the gateway.
    let _ = log_thread.join();
    ended
}

/// What a manifest says; what was deployed is read once the store is open.
fn found(options: &Options) -> Result<(Stack, Vec<String>), StartError> {
    let Served::Manifest(manifest) = &options.source else { return Ok(Default::default()) };
    let read = stack::read_with_warnings(manifest, &options.inputs)
        .map_err(|problems| StartError::Trouble(Trouble::of(&problems, options.look)))?;
    let mut stack = read.stack;
    debugging::wait_for(options.debugger.as_ref(), &mut stack)?;
    Ok((stack, read.warnings.as_ref().map(warnings).unwrap_or_default()))
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
    /// The API's socket, if somebody opened it before.
    api: Option<TcpListener>,
}

/// A line for each; `tidegate check` shows where they are.
fn warnings(problems: &stack::Problems) -> Vec<String> {
    let line = |problem: &stack::Problem| format!("{}: {}", problem.code, problem.message);
    problems.all.iter().map(line).collect()
}

async fn serve(
    start: Start,
    access_log: Bounded,
    ports: ControlListeners,
) -> Result<Ended, StartError> {
    let mut signals = Signals::listen().map_err(StartError::machine("signals"))?;
    let following = match &start.options.source {
        Served::Manifest(_) => Some(Following::begin(&start.stack)),
        Served::Deployments { .. } => None,
    };
    let launcher = start.launcher.clone();
    // A build may take minutes, in which a signal must not wait.
    let assembled = tokio::select! {
        assembled = assemble(start, access_log, &ports) => assembled?,
        () = signals.stop() => return Ok(Ended::Cut),
    };
    let Assembled { platform, api_ports, state, notes } = assembled;
    // Its ports are open, so that whoever finds it is answered. From the workers' start on nothing fails.
    state.publish(&platform.addresses).map_err(|error| state.unusable(error))?;
    let sandbox = launcher::describe(&launcher);
    platform.report(&Event::Found { stack: platform.stack.load_full(), sandbox, notes });
    let workers = worker::spawn_all(&platform, api_ports)?;
    let control = Control::serve(&platform, ports);
    let looked = match following {
        Some(following) => Some(following.looked().await),
        None => None,
    };
    // Who hears that it is ready may ask at once, and sees what is logged of that.
    let logs = control::follow_logs(&platform);
    platform.report(&Event::Ready(platform.addresses.clone()));
    notify("READY=1");
    let troubled = platform.deployments.iter().flat_map(|all| all.troubled());
    let unusable = platform.functions.unusable().into_iter().map(|problem| {
        format!("{problem}; until it is put back, updated or deleted, its invocations fail")
    });
    troubled.chain(unusable).for_each(|text| platform.report(&Event::from(Trouble::from(text))));
    let background = background::start(&platform, looked, logs, launcher);

    let cut = drain::until_the_end(&platform, signals).await;
    background.end();
    control.end().await;
    worker::join_all(workers);
    platform.end_usage().await;
    platform.core.limit_store.close().await;
    platform.report(&Event::Stopped { cut });
    Ok(if cut == 0 { Ended::Drained } else { Ended::Cut })
}
