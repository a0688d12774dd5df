//! What functions print and what the platform says about their invocations.

mod events;
mod file;
mod journal;
mod left;
mod live;
mod output;
mod past;
mod process;
mod record;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::FunctionName;

pub use events::{LogEvent, stream};
pub use left::left;
use live::Live;
pub use live::{Follow, Followed};
pub(crate) use output::Output;
pub use past::Past;
pub use process::{Mouth, ProcessLog};
pub(crate) use record::rfc3339;
pub use record::{Level, Line, LogStream, Record, Report, Said, Speaker};

/// The newest records of a function that stay in memory.
const KEPT_RECORDS: usize = 1_000;
const KEPT_BYTES: usize = 512 * 1024;
/// Records on their way to a function's file. What floods this is counted and dropped.
const PENDING_BYTES: usize = 4 * 1024 * 1024;

/// The logs of all functions.
pub struct Logs {
    folder: PathBuf,
    functions: Mutex<HashMap<FunctionName, Arc<FunctionLog>>>,
    live: Arc<Live>,
}

impl Logs {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, functions: Mutex::default(), live: Arc::new(Live::new()) }
    }

    pub(crate) fn of(&self, function: &FunctionName) -> Arc<FunctionLog> {
        let mut functions = lock(&self.functions);
        let log = functions.entry(function.clone()).or_insert_with(|| {
            let live = Arc::clone(&self.live);
            Arc::new(FunctionLog { state: Mutex::default(), live })
        });
        Arc::clone(log)
    }

    /// The newest records of a function, or of all, oldest first.
    pub fn recent(&self, function: Option<&FunctionName>, count: usize) -> Vec<Arc<Record>> {
        let functions = lock(&self.functions);
        let chosen = functions.iter().filter(|(name, _)| function.is_none_or(|f| f == *name));
        let mut records: Vec<Arc<Record>> =
            chosen.flat_map(|(_, log)| lock(&log.state).kept.clone()).collect();
        records.sort_by_key(|record| record.time);
        records.drain(..records.len().saturating_sub(count));
        records
    }

    /// Hears every record from now on, of one function or of all.
    pub fn follow(&self, function: Option<FunctionName>) -> Follow {
        self.live.follow(function)
    }

    /// The file to which a function's records are appended, one JSON object a line.
    pub fn file(&self, function: &FunctionName) -> PathBuf {
        self.folder.join(file::of(function.as_str()))
    }

    /// Removes what a function logged, from memory and from its files.
    pub fn forget(&self, function: &FunctionName) {
        lock(&self.functions).remove(function);
        let file = self.file(function);
        let _ = std::fs::remove_file(file.with_extension("log.1"));
        let _ = std::fs::remove_file(file);
    }

    /// Hands records to those who follow, again and again.
    pub(crate) async fn keep_telling(self: Arc<Self>) {
        self.live.keep_telling().await;
    }

    fn all(&self) -> Vec<(FunctionName, Arc<FunctionLog>)> {
        let functions = lock(&self.functions);
        functions.iter().map(|(name, log)| (name.clone(), Arc::clone(log))).collect()
    }
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logs").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The log of one function.
#[derive(Debug)]
pub(crate) struct FunctionLog {
    state: Mutex<State>,
    live: Arc<Live>,
}

#[derive(Debug, Default)]
struct State {
    kept: VecDeque<Arc<Record>>,
    kept_bytes: usize,
    pending: Vec<Arc<Record>>,
    pending_bytes: usize,
    /// Records that did not reach the file.
    dropped: u64,
}

impl FunctionLog {
    pub(crate) fn push(&self, record: Record) {
        let record = Arc::new(record);
        lock(&self.state).push(&record);
        self.live.push(record);
    }

    /// Takes what waits for the file, and how many records were dropped before it.
    fn take_pending(&self) -> (Vec<Arc<Record>>, u64) {
        let mut state = lock(&self.state);
        state.pending_bytes = 0;
        let dropped = std::mem::take(&mut state.dropped);
        (std::mem::take(&mut state.pending), dropped)
    }
}

impl State {
    fn push(&mut self, record: &Arc<Record>) {
        let size = record.size();
        self.kept_bytes += size;
        self.kept.push_back(Arc::clone(record));
        while self.kept.len() > KEPT_RECORDS || self.kept_bytes > KEPT_BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.kept_bytes -= oldest.size();
        }
        if self.pending_bytes + size > PENDING_BYTES {
            self.dropped += 1;
        } else {
            self.pending_bytes += size;
            self.pending.push(Arc::clone(record));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;

    fn line(text: String) -> Record {
        Record {
            time: Timestamp(0),
            speaker: Speaker::Function,
            function: FunctionName::parse("f").expect("valid"),
            request_id: None,
            said: Said::Line(Line::new(LogStream::Stdout, text)),
        }
    }

    #[test]
    fn a_flood_is_bounded_and_counted() {
        let logs = Logs::new(PathBuf::from("/nowhere"));
        let log = logs.of(&FunctionName::parse("f").expect("valid"));
        for number in 0..200 {
            log.push(line(format!("{number} {}", "x".repeat(64 * 1024))));
        }
        let (pending, dropped) = log.take_pending();
        assert_eq!(pending.len() as u64 + dropped, 200);
        assert!(pending.len() * 64 * 1024 <= PENDING_BYTES);
        let recent = logs.recent(None, 1_000);
        assert!(recent.len() * 64 * 1024 <= KEPT_BYTES);
        assert!(recent.last().expect("some").to_string().starts_with("199 "), "the newest stay");
    }
}
