//! Events as JSON lines on standard output. What happens before the first, `ready`, goes to
//! standard error, so that a program can wait for one line.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use server::{Event, Reporter};

use crate::output;

/// Lines are held back up to this size while more events wait.
const HELD: usize = 64 * 1024;

/// Writes one line per event.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    ready: AtomicBool,
    held: Mutex<Vec<u8>>,
}

impl Reporter for Lines {
    fn report(&self, event: &Event) {
        match event {
            Event::Ready(_) => self.ready.store(true, Ordering::Relaxed),
            // The access log has every request, for programs to read.
            Event::Request(_) => return,
            Event::Found { .. } => return,
            Event::Building { function, message } if !self.ready.load(Ordering::Relaxed) => {
                output::note_line(format_args!("{function}: {message}"));
                return;
            }
            _ => {}
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = held.len();
        match serde_json::to_writer(&mut *held, event) {
            Ok(()) => held.push(b'\n'),
            Err(_) => held.truncate(whole),
        }
        let is_full = held.len() >= HELD;
        drop(held);
        if is_full {
            self.flush();
        }
    }

    fn flush(&self) {
        let lines = mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        // A reader that went away has no further interest; the server keeps serving.
        let _ = output::write(&lines);
    }
}
