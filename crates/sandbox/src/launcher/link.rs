//! The connection to one launcher process: requests out, events in, until it dies.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::channel::{Channel, MAX_FILES, MAX_MESSAGE, Received};
use crate::message::{Event, Request, encode_expect, encode_start};
use crate::{Capabilities, Exit, Process, SpawnError, Spec};

/// Probing takes a few milliseconds; a launcher that stays silent this long is something else.
const INTRODUCTION: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Link {
    channel: Arc<Channel>,
    capabilities: Arc<Capabilities>,
    pid: u32,
    next_id: AtomicU64,
    expectations: Arc<Expectations>,
    listener: Option<JoinHandle<()>>,
}

/// Who waits for which event.
#[derive(Debug)]
struct Expectations {
    processes: Mutex<HashMap<u64, Expectation>>,
    lost: watch::Sender<bool>,
}

#[derive(Debug)]
struct Expectation {
    started: Option<oneshot::Sender<Result<Started, SpawnError>>>,
    exit: watch::Sender<Option<Exit>>,
}

#[derive(Debug)]
struct Started {
    pid: u32,
    memory_peak_file: Option<std::path::PathBuf>,
}

impl Link {
    /// Waits for the launcher to introduce itself. On failure the process is ended.
    pub(super) fn open(channel: Channel, mut child: Child) -> Result<Self, String> {
        let capabilities = match introduction(&channel) {
            Ok(capabilities) => capabilities,
            Err(reason) => {
                // It is our own child and not yet reaped, so the pid is still its own.
                let _ = child.kill();
                let _ = child.wait();
                return Err(reason);
            }
        };
        let channel = Arc::new(channel);
        let expectations =
            Arc::new(Expectations { processes: Mutex::default(), lost: watch::Sender::new(false) });
        let pid = child.id();
        let listener = std::thread::Builder::new().name("sandbox-launcher".into()).spawn({
            let (channel, expectations) = (Arc::clone(&channel), Arc::clone(&expectations));
            move || listen(&channel, &expectations, child)
        });
        let listener = listener.map_err(|error| format!("no thread can listen to it: {error}"))?;
        Ok(Self {
            channel,
            capabilities: Arc::new(capabilities),
            pid,
            next_id: AtomicU64::new(1),
            expectations,
            listener: Some(listener),
        })
    }

    pub(super) fn capabilities(&self) -> Arc<Capabilities> {
        Arc::clone(&self.capabilities)
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    pub(super) fn is_lost(&self) -> bool {
        *self.expectations.lost.borrow()
    }

    pub(super) async fn lost(&self) {
        let mut lost = self.expectations.lost.subscribe();
        // The sender lives in `self`, so it cannot be gone.
        let _ = lost.wait_for(|lost| *lost).await;
    }

    pub(super) async fn spawn(self: Arc<Self>, spec: Spec) -> Result<Process, SpawnError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let message = encode_start(id, &spec)?;
        let (started, outcome) = oneshot::channel();
        let exit = self.expectations.expect(id, started);
        // Should this future be dropped before the process has started, dropping `process` kills it.
        let mut process =
            Process { id, pid: 0, memory_peak_file: None, exit, link: Arc::clone(&self) };
        if self.is_lost() {
            self.expectations.forget(id);
            return Err(SpawnError::LauncherLost);
        }
        if let Err(error) = self.send_start(message, spec).await {
            self.expectations.forget(id);
            return Err(error);
        }
        let started = outcome.await.map_err(|_| SpawnError::LauncherLost)??;
        process.pid = started.pid;
        process.memory_peak_file = started.memory_peak_file;
        Ok(process)
    }

    async fn send_start(&self, message: Vec<u8>, spec: Spec) -> Result<(), SpawnError> {
        let files = files_of(&spec)?;
        match self.channel.try_send(&message, &files) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                return Err(SpawnError::LauncherLost);
            }
            Err(_) => {}
        }
        // The launcher is behind; wait for it off this thread, which may serve requests.
        let channel = Arc::clone(&self.channel);
        let sent = tokio::task::spawn_blocking(move || {
            channel.send(&message, &files_of(&spec)?).map_err(lost)
        });
        sent.await.unwrap_or(Err(SpawnError::LauncherLost))
    }

    pub(super) fn expect(&self, spec: &Spec) {
        // A launcher that is behind or gone has better things to do.
        let _ = self.channel.try_send(&encode_expect(spec), &[]);
    }

    pub(crate) fn signal(&self, id: u64, signal: i32) {
        // A launcher that is gone has taken the process along.
        let _ = self.channel.send(&Request::encode_signal(id, signal), &[]);
    }

    pub(crate) fn place(&self, id: u64, processor: Option<u16>) {
        let message = Request::encode_place(id, processor);
        let _ = match processor {
            // It spares wakes and no more: a launcher that is behind need not hear it.
            Some(_) => self.channel.try_send(&message, &[]),
            None => self.channel.send(&message, &[]),
        };
    }

    pub(crate) fn kill(&self, id: u64) {
        let _ = self.channel.send(&Request::encode_kill(id), &[]);
    }
}

impl Drop for Link {
    /// The launcher ends when its socket closes; waiting for it leaves no process behind.
    fn drop(&mut self) {
        self.channel.close();
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

fn lost(_: io::Error) -> SpawnError {
    SpawnError::LauncherLost
}

fn files_of(spec: &Spec) -> Result<Vec<BorrowedFd<'_>>, SpawnError> {
    let stdio = [&spec.stdin, &spec.stdout, &spec.stderr].into_iter().flatten();
    let files: Vec<_> = stdio.chain(&spec.inherited).map(AsFd::as_fd).collect();
    if files.len() > MAX_FILES {
        return Err(SpawnError::TooManyFiles { count: files.len(), max: MAX_FILES });
    }
    Ok(files)
}

fn introduction(channel: &Channel) -> Result<Capabilities, String> {
    let mut buffer = vec![0; MAX_MESSAGE];
    channel.give_up_receiving_after(Some(INTRODUCTION)).map_err(|error| error.to_string())?;
    let received = channel.receive(&mut buffer).map_err(|error| error.to_string())?;
    channel.give_up_receiving_after(None).map_err(|error| error.to_string())?;
    match received {
        Received::Message(length, _) => match Event::decode(&buffer[..length]) {
            Some(Event::Hello(capabilities)) => Ok(capabilities),
            _ => Err("it said something unknown".into()),
        },
        Received::Closed => Err("it ended at once".into()),
    }
}

/// Runs on its own thread until the launcher is gone, then reaps it.
fn listen(channel: &Channel, expectations: &Expectations, mut child: Child) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(Received::Message(length, _)) = channel.receive(&mut buffer) {
        match Event::decode(&buffer[..length]) {
            Some(event) => expectations.settle(event),
            None => break,
        }
    }
    channel.close();
    let status = child.wait();
    tracing::debug!(?status, "the sandbox launcher has ended");
    expectations.lose_all();
}

impl Expectations {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Expectation>> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expect(
        &self,
        id: u64,
        started: oneshot::Sender<Result<Started, SpawnError>>,
    ) -> watch::Receiver<Option<Exit>> {
        let exit = watch::Sender::new(None);
        let receiver = exit.subscribe();
        self.lock().insert(id, Expectation { started: Some(started), exit });
        receiver
    }

    fn forget(&self, id: u64) {
        self.lock().remove(&id);
    }

    fn settle(&self, event: Event) {
        match event {
            Event::Hello(_) => {}
            Event::Started { id, pid, memory_peak_file } => {
                let waiting = self.lock().get_mut(&id).and_then(|e| e.started.take());
                if let Some(waiting) = waiting {
                    // A spawn that was given up has asked for the process to be killed.
                    let _ = waiting.send(Ok(Started { pid, memory_peak_file }));
                }
            }
            Event::Failed { id, step, errno } => {
                let waiting = self.lock().remove(&id).and_then(|e| e.started);
                if let Some(waiting) = waiting {
                    let source = io::Error::from_raw_os_error(errno);
                    let _ = waiting.send(Err(SpawnError::Step { step, source }));
                }
            }
            Event::Exited { id, exit } => {
                if let Some(expectation) = self.lock().remove(&id) {
                    expectation.exit.send_replace(Some(exit));
                }
            }
        }
    }

    /// Dropping the senders tells everyone who waits.
    fn lose_all(&self) {
        self.lost.send_replace(true);
        self.lock().clear();
    }
}
