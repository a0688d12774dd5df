//! What a durable message costs: `cargo bench -p tidegate-drivers --bench queues -- [row ...]`.
//!
//! Rows: `put` (64 producers), `life` (64 producers beside 64 that claim and delete), `depth` (the
//! same cost at two depths; `DEPTH` messages, 1,000,000 unless it is said), `alone` (one producer),
//! `settle` (64 that claim and delete ten at a time of 200,000 which lie there).
//! A message has 1 KiB. Every put and delete is answered after its sync; `STORE` names another folder.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use drivers::sqlite::{Options, Sqlite};
use model::{Clock, QueueName, SystemClock, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use store::{Claim, Discipline, Message, MessageId, MessageStore, Put, QueueId};

const BODY: usize = 1_024;

fn main() {
    let rows: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let is_asked = |row: &str| rows.is_empty() || rows.iter().any(|asked| asked == row);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    for (row, run) in [("alone", 1), ("put", 64), ("life", 64)] {
        if is_asked(row) {
            runtime.block_on(rate(row, run));
        }
    }
    if is_asked("settle") {
        runtime.block_on(settle());
    }
    if is_asked("depth") {
        runtime.block_on(depth());
    }
}

fn message(number: u64, body: &str, now: Timestamp) -> Put {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let message = Message {
        id: MessageId(id),
        sent: now,
        group: None,
        body: body.into(),
        extras: None,
        md5: None,
    };
    Put::new(message)
}

struct Bench {
    store: Arc<Sqlite>,
    queue: QueueId,
    clock: SystemClock,
    body: String,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Arc<Self> {
        let place = std::env::var_os("STORE").map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = tempfile::tempdir_in(place).expect("a folder");
        let options = Options { path: folder.path().join("store.db"), most_bytes: None };
        let store = Arc::new(Sqlite::open(&options).expect("opened"));
        let name = QueueName::parse("bench").expect("a name");
        let made = store.make_queue(name, Discipline::Standard, [0; 16]).await.expect("made");
        let (queue, clock, body) = (made.id, SystemClock::start(), "x".repeat(BODY));
        Arc::new(Self { store, queue, clock, body, _folder: folder })
    }

    async fn put(&self, number: u64) {
        let put = message(number, &self.body, self.clock.timestamp());
        self.store.put(self.queue, vec![put]).await.expect("put");
    }

    async fn fill(&self, depth: u64) {
        for from in (0..depth).step_by(1_000) {
            let now = self.clock.timestamp();
            let puts = (from..from + 1_000).map(|at| message(at, &self.body, now)).collect();
            self.store.put(self.queue, puts).await.expect("put");
        }
    }

    fn claim(&self) -> Claim {
        let now = self.clock.timestamp();
        let until = now.plus(Duration::from_mins(10));
        Claim { most: 10, most_in_flight: 120_000, now, until, sent_since: Timestamp(0) }
    }

    /// Claims up to ten and deletes them, in one more transaction; gives how many there were.
    async fn take(&self) -> usize {
        let claims = self.store.claim(self.queue, self.claim()).await.expect("claimed");
        let receipts: Vec<_> = claims.messages.iter().map(|one| one.receipt).collect();
        let found = receipts.len();
        if found > 0 {
            let now = self.clock.timestamp();
            self.store.delete(self.queue, receipts, now).await.expect("deleted");
        }
        found
    }
}

/// Processor time of all threads.
fn processor() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

async fn rate(row: &str, producers: u64) {
    const SPAN: Duration = Duration::from_secs(5);
    let bench = Bench::new().await;
    let (begun, used) = (bench.clock.moment(), processor());
    let end = begun.plus(SPAN);
    let taken = Arc::new(AtomicUsize::new(0));
    let puts: Vec<_> = (0..producers)
        .map(|producer| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move {
                let mut waits = Vec::new();
                while bench.clock.moment() < end {
                    let asked = bench.clock.moment();
                    bench.put(producer << 40 | waits.len() as u64).await;
                    waits.push(bench.clock.moment().since(asked));
                }
                waits
            })
        })
        .collect();
    let takers = if row == "life" { 64 } else { 0 };
    let takes: Vec<_> = (0..takers)
        .map(|_| {
            let (bench, taken) = (Arc::clone(&bench), Arc::clone(&taken));
            tokio::spawn(async move {
                while bench.clock.moment() < end {
                    let found = bench.take().await;
                    taken.fetch_add(found, Ordering::Relaxed);
                    if found == 0 {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                }
            })
        })
        .collect();
    let mut waits = Vec::new();
    for put in puts {
        waits.extend(put.await.expect("no panic"));
    }
    for take in takes {
        take.await.expect("no panic");
    }
    let span = bench.clock.moment().since(begun).as_secs_f64();
    let cost = (processor() - used).as_secs_f64() * 1e6 / waits.len() as f64;
    waits.sort();
    let p99 = waits[waits.len() * 99 / 100].as_secs_f64() * 1e3;
    let rate = waits.len() as f64 / span;
    let deleted = taken.load(Ordering::Relaxed) as f64 / span;
    println!(
        "{row:6} {rate:>9.0} puts/s  {deleted:>9.0} taken/s  {cost:>6.1} µs  p99 {p99:>6.2} ms"
    );
}

/// What it costs to empty a queue.
async fn settle() {
    const DEPTH: u64 = 200_000;
    let bench = Bench::new().await;
    bench.fill(DEPTH).await;
    let (begun, used) = (bench.clock.moment(), processor());
    let takes: Vec<_> = (0..64)
        .map(|_| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move { while bench.take().await > 0 {} })
        })
        .collect();
    for take in takes {
        take.await.expect("no panic");
    }
    let span = bench.clock.moment().since(begun).as_secs_f64();
    let cost = (processor() - used).as_secs_f64() * 1e6 / DEPTH as f64;
    println!("settle {:>9.0} taken/s  {cost:>6.1} µs", DEPTH as f64 / span);
}

/// What a put, a claim and a delete cost beside a backlog.
async fn depth() {
    let deep: u64 = std::env::var_os("DEPTH").map_or(1_000_000, |text| {
        text.to_str().and_then(|text| text.parse().ok()).expect("a number")
    });
    for depth in [1_000, deep] {
        let bench = Bench::new().await;
        let before = resident();
        bench.fill(depth).await;
        let bytes = resident().saturating_sub(before) as f64 / depth as f64;
        const LIVES: u64 = 2_000;
        let used = processor();
        for at in 0..LIVES {
            for number in 0..10 {
                bench.put(depth + at * 10 + number).await;
            }
            assert_eq!(bench.take().await, 10);
        }
        let cost = (processor() - used).as_secs_f64() * 1e6 / (LIVES * 10) as f64;
        println!("depth {depth:>10}: {cost:>5.1} µs a life, {bytes:>6.1} bytes a message at rest");
    }
}

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.map_or(0, |pages: usize| pages * 4_096)
}
