//! Hands events to a thread of their own, so that a reader that stops reading never stops the
//! server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use server::{Event, Reporter};

/// Events that may wait for a slow reader; what comes on top is counted and dropped.
const ROOM: usize = 1024;
/// How long the end waits for a reader to take what is left.
const PATIENCE: Duration = Duration::from_secs(1);

/// Passes events on in order and never blocks.
pub(crate) struct Queue {
    reader: Arc<dyn Reporter>,
    /// Starts with the first event, when the server may have threads.
    running: OnceLock<Running>,
    missed: AtomicU64,
}

struct Running {
    events: SyncSender<Option<Event>>,
    /// Closed when everything was passed on.
    ended: std::sync::Mutex<Receiver<()>>,
}

impl Queue {
    pub(crate) fn to(reader: Arc<dyn Reporter>) -> Self {
        Self { reader, running: OnceLock::new(), missed: AtomicU64::new(0) }
    }

    /// Waits until what was reported has been read, unless nobody reads.
    pub(crate) fn finish(&self) {
        let Some(running) = self.running.get() else { return };
        if running.events.try_send(None).is_ok() {
            let ended = running.ended.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let _ = ended.recv_timeout(PATIENCE);
        }
    }

    fn start(&self) -> Running {
        let (events, queued) = sync_channel::<Option<Event>>(ROOM);
        let (end, ended) = sync_channel(0);
        let reader = Arc::clone(&self.reader);
        std::thread::spawn(move || {
            while let Ok(Some(event)) = queued.recv() {
                reader.report(&event);
                let mut is_last = false;
                for event in queued.try_iter() {
                    match event {
                        Some(event) => reader.report(&event),
                        None => is_last = true,
                    }
                }
                reader.flush();
                if is_last {
                    break;
                }
            }
            drop(end);
        });
        Running { events, ended: std::sync::Mutex::new(ended) }
    }

    fn send(&self, event: Event) -> bool {
        self.running.get_or_init(|| self.start()).events.try_send(Some(event)).is_ok()
    }
}

impl Reporter for Queue {
    fn report(&self, event: &Event) {
        let missed = self.missed.swap(0, Ordering::Relaxed);
        if missed > 0 && !self.send(Event::Missed { events: missed }) {
            self.missed.fetch_add(missed, Ordering::Relaxed);
        }
        if !self.send(event.clone()) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn watches_requests(&self) -> bool {
        self.reader.watches_requests()
    }

    fn watches_logs(&self) -> bool {
        self.reader.watches_logs()
    }
}
