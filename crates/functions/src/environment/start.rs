//! Starts an environment: a process, its Runtime API, its output, and the init phase.

use std::ffi::OsString;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::task::Poll;

use model::Moment;
use rustix::pipe::PipeFlags;

use super::{Environment, Lifecycle, Placement};
use crate::home::Home;
use crate::logs::Output;
use crate::process::Wiring;
use crate::runtime_api::{Endpoint, Event, Message};
use crate::version::{InitFailure, Version};

/// What an environment is started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Initialization {
    OnDemand,
    /// So that enough are ready before anybody asks.
    Provisioned,
}

impl Initialization {
    /// As Lambda tells functions.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
    fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Provisioned => "provisioned-concurrency",
        }
    }
}

/// Completes when the environment waits for its first invocation.
pub(crate) async fn start(
    version: &Arc<Version>,
    initialization: Initialization,
) -> Result<Box<Environment>, InitFailure> {
    if let Some(trouble) = &version.trouble {
        return Err(InitFailure::Start(trouble.clone()));
    }
    let mut environment = launch(version, initialization).await.map_err(InitFailure::Start)?;
    let settings = &version.platform.settings;
    // Lambda repeats an init that took too long, within the function's own timeout.
    let limit = settings.init_timeout.max(version.function.timeout);
    let initialized = tokio::time::timeout(limit, initialize(&mut environment)).await;
    match initialized {
        Ok(Ok(())) => {
            environment.output.catch_up();
            environment.lifecycle.ready(version.now());
            Ok(environment)
        }
        Ok(Err(failure)) => {
            environment.output.end([]);
            version.stop(environment);
            Err(failure)
        }
        Err(_) => {
            environment.process.kill();
            Err(InitFailure::TimedOut(limit))
        }
    }
}

async fn initialize(environment: &mut Environment) -> Result<(), InitFailure> {
    poll_fn(|cx| {
        while let Poll::Ready(event) = environment.endpoint.poll_event(cx, None) {
            match event {
                Event::Ready => return Poll::Ready(Ok(())),
                Event::Said(Message::InitError(body)) => {
                    return Poll::Ready(Err(InitFailure::Reported(body)));
                }
                Event::Said(_) => {}
            }
        }
        environment.process.poll_exit(cx).map(|exit| Err(InitFailure::Exited(exit)))
    })
    .await
}

async fn launch(
    version: &Arc<Version>,
    initialization: Initialization,
) -> Result<Box<Environment>, String> {
    let started = version.now();
    let wired = wire(version, initialization).map_err(|error| {
        format!("could not open the sockets and pipes of an environment: {error}")
    })?;
    let Wired { endpoint, wiring, pipes } = wired;
    let platform = &version.platform;
    let process = platform.starter.start(&version.program, wiring, &platform.control).await?;
    let output = Arc::new(Output::new(
        version.function.name.clone(),
        Arc::clone(&version.log),
        Arc::clone(&platform.settings.clock),
        pipes,
    ));
    platform.control.spawn(Arc::clone(&output).keep_draining());
    Ok(Box::new(Environment {
        home: Home::here(),
        is_away: false,
        placement: Placement::default(),
        endpoint,
        process: Arc::new(process),
        output,
        lifecycle: Lifecycle::start(started),
        memory: (Moment::default(), 0),
    }))
}

struct Wired {
    endpoint: Endpoint,
    wiring: Wiring,
    pipes: [OwnedFd; 2],
}

fn wire(version: &Version, initialization: Initialization) -> io::Result<Wired> {
    let mut endpoint = Endpoint::open()?;
    let variables = variables(version, initialization, endpoint.address()?);
    let stdin = if version.inherits_channel {
        let (ours, theirs) = UnixStream::pair()?;
        endpoint.attach(ours)?;
        Some(OwnedFd::from(theirs))
    } else {
        None
    };
    let (stdout, stdout_inside) = output_pipe()?;
    let (stderr, stderr_inside) = output_pipe()?;
    let wiring = Wiring { variables, stdin, stdout: stdout_inside, stderr: stderr_inside };
    Ok(Wired { endpoint, wiring, pipes: [stdout, stderr] })
}

/// Our end does not block; the process's does.
fn output_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (ours, theirs) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&ours, true)?;
    Ok((ours, theirs))
}

fn variables(
    version: &Version,
    initialization: Initialization,
    address: SocketAddr,
) -> Vec<(OsString, OsString)> {
    let stream = crate::logs::stream(version.clock().timestamp());
    let mut variables = version.variables.clone();
    variables.push(("AWS_LAMBDA_RUNTIME_API".into(), address.to_string().into()));
    variables.push(("AWS_LAMBDA_INITIALIZATION_TYPE".into(), initialization.as_str().into()));
    variables.push(("AWS_LAMBDA_LOG_STREAM_NAME".into(), stream.into()));
    variables
}
