//! Records as they appear, for those who follow. Handing each one over would wake a thread twice in
//! every invocation, so they gather for a moment.

use std::mem;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::FunctionName;
use tokio::sync::{Notify, broadcast};

use super::{Record, lock};

/// How long a record gathers others.
const PAUSE: Duration = Duration::from_millis(5);
/// What gathers beyond this is counted and dropped.
const GATHERED_BYTES: usize = 4 * 1024 * 1024;
/// Batches that a follower may lag behind.
const FOLLOWED: usize = 16;

#[derive(Debug)]
pub(super) struct Live {
    batches: broadcast::Sender<Arc<Batch>>,
    gathered: Mutex<Gathered>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Gathered {
    records: Vec<Arc<Record>>,
    bytes: usize,
    /// Records so far, those that were dropped included.
    total: u64,
}

#[derive(Debug)]
struct Batch {
    records: Vec<Arc<Record>>,
    /// The number of the record after its last.
    end: u64,
}

/// Receives records as they appear.
#[derive(Debug)]
pub struct Follow {
    batches: broadcast::Receiver<Arc<Batch>>,
    function: Option<FunctionName>,
    current: Option<Arc<Batch>>,
    /// The next record of the current batch.
    at: usize,
    /// The number of the next record.
    next: u64,
}

/// What a follower hears.
#[derive(Debug, Clone)]
pub enum Followed {
    Record(Arc<Record>),
    /// So many records came faster than they were read.
    Missed(u64),
}

impl Live {
    pub(super) fn new() -> Self {
        let (batches, _) = broadcast::channel(FOLLOWED);
        Self { batches, gathered: Mutex::default(), arrived: Notify::new() }
    }

    pub(super) fn push(&self, record: Arc<Record>) {
        if self.batches.receiver_count() == 0 {
            return;
        }
        let is_first = {
            let mut gathered = lock(&self.gathered);
            gathered.total += 1;
            let size = record.size();
            if gathered.bytes + size > GATHERED_BYTES {
                return;
            }
            gathered.bytes += size;
            gathered.records.push(record);
            gathered.records.len() == 1
        };
        if is_first {
            self.arrived.notify_one();
        }
    }

    pub(super) async fn keep_telling(&self) {
        loop {
            self.arrived.notified().await;
            tokio::time::sleep(PAUSE).await;
            self.tell();
        }
    }

    /// Hands over what has gathered.
    pub(super) fn tell(&self) {
        let mut gathered = lock(&self.gathered);
        if gathered.records.is_empty() {
            return;
        }
        gathered.bytes = 0;
        let batch = Batch { records: mem::take(&mut gathered.records), end: gathered.total };
        // Sent under the lock, so that batches stay in order. An error says that the last follower
        // just left.
        let _ = self.batches.send(Arc::new(batch));
    }

    pub(super) fn follow(&self, function: Option<FunctionName>) -> Follow {
        // What is gathering reaches a new follower, too.
        let gathered = lock(&self.gathered);
        let next = gathered.total - gathered.records.len() as u64;
        let batches = self.batches.subscribe();
        Follow { batches, function, current: None, at: 0, next }
    }
}

impl Follow {
    /// `None` once the platform has stopped.
    pub async fn next(&mut self) -> Option<Followed> {
        loop {
            if let Some(record) = self.take_current() {
                if self.function.as_ref().is_none_or(|function| *function == record.function) {
                    return Some(Followed::Record(record));
                }
                continue;
            }
            match self.batches.recv().await {
                Ok(batch) => {
                    let end = batch.end;
                    let first = end - batch.records.len() as u64;
                    (self.current, self.at) = (Some(batch), 0);
                    let missed = first.saturating_sub(self.next);
                    self.next = end;
                    if missed > 0 {
                        return Some(Followed::Missed(missed));
                    }
                }
                // The numbers of the next batch tell how many records that were.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    fn take_current(&mut self) -> Option<Arc<Record>> {
        let record = self.current.as_ref()?.records.get(self.at).cloned();
        match record {
            Some(_) => self.at += 1,
            None => self.current = None,
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::super::{Line, LogStream, Said, Speaker};
    use super::*;

    fn push(live: &Live, function: &str, text: &str) {
        live.push(Arc::new(Record {
            time: Timestamp(0),
            speaker: Speaker::Function,
            function: FunctionName::parse(function).expect("valid"),
            request_id: None,
            said: Said::Line(Line::new(LogStream::Stdout, text.to_owned())),
        }));
    }

    async fn heard(follow: &mut Follow) -> String {
        match follow.next().await.expect("more") {
            Followed::Record(record) => record.to_string(),
            Followed::Missed(missed) => format!("missed {missed}"),
        }
    }

    #[tokio::test]
    async fn records_arrive_in_order_and_only_of_the_function_that_is_followed() {
        let live = Live::new();
        let mut all = live.follow(None);
        let mut one = live.follow(Some(FunctionName::parse("b").expect("valid")));
        push(&live, "a", "1");
        push(&live, "b", "2");
        live.tell();
        push(&live, "b", "3");
        live.tell();
        for expected in ["1", "2", "3"] {
            assert_eq!(heard(&mut all).await, expected);
        }
        for expected in ["2", "3"] {
            assert_eq!(heard(&mut one).await, expected);
        }
    }

    #[tokio::test]
    async fn who_lags_is_told_how_many_records_that_were() {
        let live = Live::new();
        let mut slow = live.follow(None);
        for number in 0..FOLLOWED + 3 {
            push(&live, "f", &number.to_string());
            push(&live, "f", "again");
            live.tell();
        }
        assert_eq!(heard(&mut slow).await, "missed 6");
        assert_eq!(heard(&mut slow).await, "3");
    }

    #[tokio::test]
    async fn a_flood_within_one_batch_is_counted() {
        let live = Live::new();
        let mut follow = live.follow(None);
        let text = "x".repeat(GATHERED_BYTES / 2);
        for _ in 0..3 {
            push(&live, "f", &text);
        }
        live.tell();
        assert_eq!(heard(&mut follow).await, "missed 2");
        assert_eq!(heard(&mut follow).await, text);
    }
}
