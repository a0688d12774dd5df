//! Writes the access log: one thread takes whole batches of lines off the workers' hands.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use gateway::access_log::{Bounded, bounded};
use serde::Deserialize;

use crate::event::{Event, Reporter, Sample};
use crate::trouble::Trouble;

/// Batches that may wait for a slow disk before lines are dropped and counted.
const QUEUE: usize = 64;
/// A file of this size becomes `access.log.1`, whose predecessor is dropped.
const ROTATE_AT: u64 = 64 << 20;
/// Requests that wait for the same core go before their log lines, which the slowest percent of them
/// feels.
const NICE: i32 = 10;
/// Lines of one batch shown to somebody watching; nobody reads faster.
const SHOWN: usize = 50;

/// Opens the log and starts its thread, which ends when the last sink is gone.
pub(crate) fn start(
    path: &Path,
    reporter: Arc<dyn Reporter>,
) -> std::io::Result<(Bounded, std::thread::JoinHandle<()>)> {
    let (sink, batches) = bounded(QUEUE);
    let mut log = Log::open(path)?;
    let thread = std::thread::Builder::new().name("access-log".to_owned()).spawn(move || {
        // Of this thread alone, on Linux.
        if let Err(error) = rustix::process::setpriority_process(None, NICE) {
            let message = format!("the access log's thread runs beside the requests: {error}");
            reporter.report(&Event::from(Trouble::from(message)));
        }
        log.write_all(&batches, &*reporter);
    })?;
    Ok((sink, thread))
}

struct Log {
    path: PathBuf,
    file: File,
    size: u64,
    /// A full disk is reported once, not with every batch.
    failing: bool,
}

impl Log {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = append(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, size, failing: false })
    }

    fn write_all(&mut self, batches: &Receiver<Vec<u8>>, reporter: &dyn Reporter) {
        while let Ok(batch) = batches.recv() {
            if reporter.watches_requests() {
                show(&batch, reporter);
            }
            match self.write(&batch) {
                Ok(()) => self.failing = false,
                Err(error) if !self.failing => {
                    self.failing = true;
                    let message = format!("access log {}: {error}", self.path.display());
                    reporter.report(&Event::from(Trouble::from(message)));
                }
                Err(_) => {}
            }
        }
    }

    fn write(&mut self, batch: &[u8]) -> std::io::Result<()> {
        if self.size >= ROTATE_AT {
            std::fs::rename(&self.path, self.path.with_extension("log.1"))?;
            self.file = append(&self.path)?;
            self.size = 0;
        }
        self.file.write_all(batch)?;
        self.size += batch.len() as u64;
        Ok(())
    }
}

fn append(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// The members of a line that somebody watching wants to see.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    request_time: String,
    http_method: String,
    path: String,
    status: u16,
    response_latency: u64,
}

fn show(batch: &[u8], reporter: &dyn Reporter) {
    for line in batch.split(|byte| *byte == b'\n').take(SHOWN) {
        let Ok(line) = serde_json::from_slice::<Line>(line) else { continue };
        reporter.report(&Event::Request(Sample {
            // `21/Nov/2026:04:12:36 +0000`
            time: line.request_time.get(12..20).unwrap_or_default().to_owned(),
            method: line.http_method,
            path: line.path,
            status: line.status,
            latency_ms: line.response_latency,
        }));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use gateway::access_log::Sink;

    use super::*;

    #[derive(Default)]
    struct Seen(Mutex<Vec<Sample>>);

    impl Reporter for Seen {
        fn report(&self, event: &Event) {
            if let Event::Request(sample) = event {
                self.0.lock().unwrap().push(sample.clone());
            }
        }

        fn watches_requests(&self) -> bool {
            true
        }
    }

    #[test]
    fn batches_reach_the_file_and_whoever_watches() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        let seen = Arc::new(Seen::default());
        let (sink, thread) = start(&path, seen.clone()).unwrap();
        let line = concat!(
            r#"{"requestId":"a","requestTime":"21/Nov/2026:04:12:36 +0000","httpMethod":"GET","#,
            r#""path":"/x","status":404,"responseLatency":7}"#,
            "\n"
        );
        sink.offer(line.as_bytes().to_vec()).unwrap();
        drop(sink);
        thread.join().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), line);
        let seen = seen.0.lock().unwrap();
        assert_eq!((seen[0].time.as_str(), seen[0].status), ("04:12:36", 404));
    }
}
