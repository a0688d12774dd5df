//! Events as JSON lines on standard output. What happens before the first, `ready`, goes to
//! standard error, so that a program can wait for one line.

use std::sync::atomic::{AtomicBool, Ordering};

use server::{Event, Reporter};

use crate::output;

/// Writes one line per event.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    ready: AtomicBool,
}

impl Reporter for Lines {
    fn report(&self, event: &Event) {
        match event {
            Event::Ready(_) => self.ready.store(true, Ordering::Relaxed),
            // The access log has every request, for programs to read.
            Event::Request(_) => return,
            Event::Found { .. } => return,
            Event::Building { function, message } if !self.ready.load(Ordering::Relaxed) => {
                eprintln!("{function}: {message}");
                return;
            }
            _ => {}
        }
        // A reader that went away has no further interest; the server keeps serving.
        let _ = output::json(event);
    }
}
