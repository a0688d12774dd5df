//! The threads that answer requests. Each has its own runtime, listener and share of the gateway.

use std::io;
use std::net::TcpListener;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;

use gateway::Gateway;
use model::Listener;
use rustix::process::{Resource, getrlimit};
use tokio::runtime::{Builder, LocalOptions};
use wire::{Acceptor, Admission, ConnectionLimits};

use crate::platform::Platform;
use crate::processors::Processors;
use crate::start::StartError;

pub(crate) type Worker = JoinHandle<io::Result<()>>;

/// Descriptors that are not for clients: upstreams, execution environments, logs.
const RESERVED_FILES: u64 = 256;

/// Starts a worker for each listener. They end when the platform's drain is complete.
pub(crate) fn spawn_all(
    platform: &Platform,
    listeners: Vec<TcpListener>,
) -> Result<Vec<Worker>, StartError> {
    let processors = Processors::shared_out_to(listeners.len());
    let mut workers = Vec::with_capacity(listeners.len());
    for (index, listener) in listeners.into_iter().enumerate() {
        let acceptor = Acceptor {
            listener,
            limits: ConnectionLimits::default(),
            tls: platform.tls.clone(),
            admission: Arc::clone(&platform.admission),
            counters: Arc::clone(&platform.counters[index]),
            clock: Arc::clone(&platform.clock),
            drain: platform.drain.join(),
        };
        let gateway = Arc::clone(&platform.core.gateway);
        match spawn(index, gateway, acceptor, processors.clone()) {
            Ok(worker) => workers.push(worker),
            Err(error) => {
                // Those that run would serve for ever.
                platform.drain.cut();
                join_all(workers);
                return Err(StartError::machine("worker thread")(error));
            }
        }
    }
    Ok(workers)
}

fn spawn(
    index: usize,
    gateway: Arc<Gateway>,
    acceptor: Acceptor,
    processors: Processors,
) -> io::Result<Worker> {
    std::thread::Builder::new().name(format!("worker-{index}")).spawn(move || {
        processors.bind(index);
        let runtime = Builder::new_current_thread()
            .enable_all()
            // Threads for what blocks are started by this one, and would share its processor.
            .on_thread_start(move || processors.unbind())
            .build_local(LocalOptions::default())?;
        runtime.block_on(async {
            let worker = Rc::new(gateway.worker(index));
            let served = acceptor.serve(Rc::clone(&worker)).await;
            worker.flush();
            served
        })
    })
}

/// A client's connection may need a second descriptor for its upstream, but most only wait: a
/// quarter of the descriptors is kept for those that do.
pub(crate) fn admission(listener: &Listener) -> Arc<Admission> {
    let per_client = NonZeroU32::new(listener.connections_per_client);
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let most = files.saturating_sub(RESERVED_FILES) / 4 * 3;
    let in_all = NonZeroU32::new(u32::try_from(most).unwrap_or(u32::MAX));
    Admission::new(per_client, in_all.or(NonZeroU32::new(1)))
}

/// Waits for threads that have nothing left to do.
pub(crate) fn join_all(workers: Vec<Worker>) {
    for worker in workers {
        // A panic in it was printed when it happened.
        let _ = worker.join();
    }
}
