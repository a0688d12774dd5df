//! One of sixteen processes: what it asks of the store, and what it was admitted to.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use drivers::redis::Redis;
use futures_util::future::join_all;
use limits::{Ask, Key, Limits};
use model::{Clock, SystemClock};

use super::{limits, quota, rate, run};

/// What a process takes, as [`Part`] writes it.
const PART: &str = "TIDEGATE_EXACTLY_PART";
/// Whether a process says how far it is.
const TELLS: &str = "TIDEGATE_EXACTLY_TELLS";
pub(super) const PROCESSES: u64 = 16;
/// Requests of a process under way at once.
pub(super) const AT_ONCE: u64 = 64;
/// So many decisions take minutes, and whoever waits is told how far they are.
const MANY: u64 = 1_000_000;

/// Whether a request is admitted. What failure policies answer is asked again.
pub(super) async fn is_admitted(limits: &Redis, ask: Ask<'_>, clock: &SystemClock) -> bool {
    loop {
        let decision = limits.decide(&[ask], clock.now()).await;
        if decision.standings()[0].degraded().is_none() {
            return decision.is_allowed();
        }
        // Sixteen processes that ask on at once would keep the store from coming back.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What each process does.
pub(super) struct Part {
    pub(super) url: String,
    pub(super) decisions: u64,
    /// What each key may take in all.
    pub(super) limit: u64,
    pub(super) patience: Duration,
    /// Those of the quota, asked for in turns.
    pub(super) keys: Vec<Key>,
}

impl Part {
    fn written(&self) -> String {
        let keys: Vec<_> = self.keys.iter().map(|key| key.hash().to_string()).collect();
        let Self { url, decisions, limit, patience, .. } = self;
        format!("{url} {decisions} {limit} {} {}", patience.as_secs(), keys.join(","))
    }

    fn read(written: &str) -> Self {
        let parts: Vec<_> = written.split(' ').collect();
        let &[url, decisions, limit, patience, keys] = &*parts else { panic!("{written}") };
        let number = |text: &str| text.parse::<u64>().expect("a number");
        Self {
            url: url.to_owned(),
            decisions: number(decisions),
            limit: number(limit),
            patience: Duration::from_secs(number(patience)),
            keys: keys.split(',').map(|key| Key::from_hash(number(key))).collect(),
        }
    }

    pub(super) fn start(&self) -> Vec<Child> {
        let start = |index: u64| {
            Command::new(std::env::current_exe().expect("a test knows its program"))
                .args(["--exact", "exactly::part::takes_its_part", "--ignored", "--nocapture"])
                .env(PART, self.written())
                .env(TELLS, if index == 0 { "yes" } else { "no" })
                .stdout(Stdio::piped())
                .spawn()
                .expect("started")
        };
        (0..PROCESSES).map(start).collect()
    }

    /// Takes of the quota, and of the rate in between: it is asked for to the end, and so never full.
    async fn take(&self, limits: &Redis, tells: bool) -> Sums {
        let shares = (0..AT_ONCE).map(|at| {
            let tells = tells && at == 0 && self.decisions * PROCESSES >= MANY;
            self.take_one_by_one(limits, (self.decisions + at) / AT_ONCE, tells)
        });
        let mut all = Sums { of_rate: 0, of_keys: vec![0; self.keys.len()] };
        for share in join_all(shares).await {
            all.add(&share);
        }
        all
    }

    async fn take_one_by_one(&self, limits: &Redis, decisions: u64, tells: bool) -> Sums {
        let (clock, quota, rate) = (SystemClock::start(), quota(self.limit), rate());
        let of_rate = Ask::one(&rate, limits.seed().key(&rate).finish());
        let mut sums = Sums { of_rate: 0, of_keys: vec![0; self.keys.len()] };
        let mut keys = self.keys.iter().enumerate().cycle();
        for at in 0..decisions {
            let (which, key) = keys.next().expect("a key");
            let ask = Ask::one(&quota, *key);
            sums.of_keys[which] += u64::from(is_admitted(limits, ask, &clock).await);
            if at % 4 == 0 {
                sums.of_rate += u64::from(is_admitted(limits, of_rate, &clock).await);
            }
            if tells && at % (decisions / 20).max(1) == 0 {
                eprintln!("about {} % of {}", at * 100 / decisions, self.decisions * PROCESSES);
            }
        }
        sums
    }
}

/// What was admitted: of the rate, and under each key of the quota.
pub(super) struct Sums {
    pub(super) of_rate: u64,
    pub(super) of_keys: Vec<u64>,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.of_rate += other.of_rate;
        self.of_keys.iter_mut().zip(&other.of_keys).for_each(|(sum, more)| *sum += more);
    }

    /// Of all processes, once they have ended.
    pub(super) fn of(processes: Vec<Child>) -> Self {
        let mut all = Self { of_rate: 0, of_keys: Vec::new() };
        for process in processes {
            let output = process.wait_with_output().expect("ended");
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{said}");
            let line = said.lines().find_map(|line| line.strip_prefix("admitted ")).expect("sums");
            let mut sums = line.split(' ').map(|sum| sum.parse().expect("a number"));
            let of_rate = sums.next().expect("a sum");
            let sums = Self { of_rate, of_keys: sums.collect() };
            all.of_keys.resize(sums.of_keys.len(), 0);
            all.add(&sums);
        }
        all
    }
}

#[test]
#[ignore = "no test by itself: others start it as a process"]
fn takes_its_part() {
    let part = std::env::var_os(PART).expect("a part").into_string().expect("text");
    let part = Part::read(&part);
    let tells = std::env::var_os(TELLS).is_some_and(|tells| tells == "yes");
    run(async {
        let limits = limits(&part.url, part.patience).await;
        let Sums { of_rate, of_keys } = part.take(&limits, tells).await;
        let of_keys: Vec<_> = of_keys.iter().map(u64::to_string).collect();
        println!("\nadmitted {of_rate} {}", of_keys.join(" "));
    });
}
