//! What all threads of a node share of a store.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use limits::{Key, Names, Seed};
use model::Now;
use redis::{Cmd, Script};
use tokio::sync::Notify;

use super::band::Band;
use super::in_parts::Parts;
use super::lane::{Job, Lane};
use super::link::{Link, Target};
use super::naming::{Namespace, SLOTS};
use super::options::{Options, Time};
use super::outage::{Fallback, Past};
use super::problem::Problem;
use super::recent::Recent;
use super::reply::{self, Reply};
use super::request::Request;
use super::slots::Slots;

pub(crate) struct Shared {
    /// Tells stores of one process apart.
    pub(crate) id: u64,
    pub(crate) target: Target,
    pub(crate) options: Options,
    pub(crate) names_in_store: Namespace,
    pub(crate) seed: Seed,
    /// This node among those that share the store.
    pub(crate) node: String,
    pub(crate) recent: Recent,
    pub(crate) names: Names,
    pub(crate) fallback: Fallback,
    pub(crate) slots: Slots,
    pub(crate) counters: Counters,
    /// Wakes the watch when a breaker opens.
    pub(crate) alarm: Notify,
    bands: Box<[Band]>,
    script: Script,
    lanes: Mutex<Vec<Lane>>,
    /// The watch's connection, for lanes that have none of their own yet.
    common: Mutex<Option<Link>>,
    origin: OnceLock<Now>,
}

const BANDS_OF_CLUSTER: u16 = 16;
/// Given time may stand still while the store's goes on.
const SLACK_OF_GIVEN_TIME: Duration = Duration::from_hours(1);

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) asked: AtomicU64,
    pub(crate) remembered: AtomicU64,
    pub(crate) degraded: AtomicU64,
    pub(crate) outages: AtomicU64,
}

/// How a store fares, since this node began to use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Requests that were decided by the store.
    pub asked: u64,
    /// Requests that were denied without asking it, since their denial still held.
    pub remembered: u64,
    /// Requests that failure policies decided.
    pub degraded: u64,
    /// How often it, or a part of it, stopped answering.
    pub outages: u64,
    /// Nodes that share it; 0 until this one knows, and all of them know of it.
    pub nodes: u64,
    /// What is wrong with it now.
    pub problem: Option<String>,
}

impl Shared {
    pub(crate) fn new(
        options: Options,
        target: Target,
        seed: Seed,
        node: String,
        script: Script,
    ) -> Self {
        static STORES: AtomicU64 = AtomicU64::new(0);
        let bands = if target.is_a_cluster() { BANDS_OF_CLUSTER } else { 1 };
        let fallback =
            Fallback::new(seed.clone(), std::sync::Arc::clone(&options.clock), options.min_share);
        Self {
            id: STORES.fetch_add(1, Ordering::Relaxed),
            target,
            names_in_store: Namespace::of(&options.namespace),
            seed,
            node,
            recent: Recent::new(),
            names: Names::default(),
            fallback,
            slots: Slots::new(std::sync::Arc::clone(&options.clock)),
            counters: Counters::default(),
            alarm: Notify::new(),
            bands: (0..bands).map(|_| Band::default()).collect(),
            script,
            lanes: Mutex::default(),
            common: Mutex::default(),
            origin: OnceLock::new(),
            options,
        }
    }

    pub(crate) fn health(&self) -> Health {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Health {
            asked: count(&self.counters.asked),
            remembered: count(&self.counters.remembered),
            degraded: count(&self.counters.degraded),
            outages: count(&self.counters.outages),
            nodes: self.fallback.nodes(),
            problem: self.problem().map(|problem| problem.to_string()),
        }
    }

    pub(crate) fn past(&self) -> Past<'_> {
        Past { recent: &self.recent, slots: &self.slots }
    }

    /// Why it is not asked, or not in whole.
    pub(crate) fn problem(&self) -> Option<Problem> {
        self.bands.iter().find_map(Band::problem)
    }

    pub(crate) fn is_open(&self, key: Key) -> bool {
        self.band(key).breaker.is_open()
    }

    pub(crate) fn seen(&self, key: Key) -> u64 {
        self.band(key).breaker.changes()
    }

    /// In which part of the store the key is that fails as one.
    pub(crate) fn band_of(&self, key: Key) -> usize {
        match self.bands.len() {
            1 => 0,
            count => usize::from(self.names_in_store.slot(key)) * count / usize::from(SLOTS),
        }
    }

    fn band(&self, key: Key) -> &Band {
        &self.bands[self.band_of(key)]
    }

    /// In how many calls it is told of many keys.
    pub(crate) fn parts(&self) -> Parts {
        if self.target.is_a_cluster() { Parts::OF_CLUSTER } else { Parts::OF_SERVER }
    }

    /// What was sent came to nothing: its band is not asked again until the watch has found it well, or,
    /// where that may be so, goes on to be asked while the watch looks.
    pub(crate) fn fail(&self, job: Job, problem: &Problem) {
        if let Some(line) = job.request.lines.first() {
            let band = self.band(line.key);
            if !problem.may_be_of_one_key() {
                self.give_up(band, line.key, problem, job.seen);
            } else if band.doubt(line.key, problem) {
                self.alarm.notify_one();
            }
        }
        if let Some(answer) = job.answer {
            // Who has gone away does not care.
            let _ = answer.send(Err(problem.clone()));
        }
    }

    fn give_up(&self, band: &Band, key: Key, problem: &Problem, seen: u64) {
        let was_whole = self.is_whole();
        if band.fail(key, problem, seen) {
            self.counters.outages.fetch_add(1, Ordering::Relaxed);
            // While another part is away, what was used of shares goes on to count.
            if was_whole {
                self.fallback.begin();
            }
            tracing::warn!(store = %self.target.at, "failure policies decide: {problem}");
            self.alarm.notify_one();
        }
    }

    /// What the watch found: it asks anew, and may hear more than whose connection broke.
    pub(crate) fn still_fails(&self, problem: &Problem) {
        let is_news = |band: &&Band| band.problem().is_some_and(|known| known != *problem);
        let changed: Vec<_> = self.bands.iter().filter(is_news).collect();
        changed.iter().for_each(|band| band.learn(problem));
        if !changed.is_empty() {
            tracing::warn!(store = %self.target.at, "failure policies still decide: {problem}");
        }
    }

    /// What to try each band with that is not asked now.
    pub(crate) fn suspects(&self) -> Vec<(usize, Key)> {
        let bands = self.bands.iter().enumerate();
        bands.filter_map(|(index, band)| Some((index, band.suspect()?))).collect()
    }

    /// What failed in each band that may be well all the same.
    pub(crate) fn doubts(&self) -> Vec<(Key, Problem)> {
        self.bands.iter().filter_map(Band::take_doubt).collect()
    }

    /// What came of looking: only what failed was wrong, or its band is not asked again.
    pub(crate) fn settle_doubt(&self, key: Key, failed: &Problem, found: &Result<(), Problem>) {
        match found {
            Ok(()) => tracing::warn!(
                store = %self.target.at,
                "failure policies decided one call, though the store is well: {failed}"
            ),
            Err(problem) => {
                let band = self.band(key);
                self.give_up(band, key, problem, band.breaker.changes());
            }
        }
    }

    pub(crate) fn is_back(&self, band: usize) {
        if self.bands[band].breaker.close() {
            tracing::info!(store = %self.target.at, "the limit store decides again");
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.bands.iter().all(|band| !band.breaker.is_open())
    }

    /// Jobs that one call can carry, each group to one shard.
    pub(crate) fn calls(&self, batch: &mut Vec<Job>) -> Vec<Vec<Job>> {
        if !self.target.is_a_cluster() {
            return vec![std::mem::take(batch)];
        }
        let mut groups: Vec<(u16, Vec<Job>)> = Vec::new();
        for job in batch.drain(..) {
            let slot =
                job.request.lines.first().map_or(0, |line| self.names_in_store.slot(line.key));
            match groups.iter_mut().find(|(of, _)| *of == slot) {
                Some((_, jobs)) => jobs.push(job),
                None => groups.push((slot, vec![job])),
            }
        }
        groups.into_iter().map(|(_, jobs)| jobs).collect()
    }

    /// Runs the script for these requests, in one call.
    pub(crate) async fn run<'a>(
        &self,
        link: &mut Link,
        requests: impl Iterator<Item = &'a Request> + Clone,
        patience: Duration,
    ) -> Result<Vec<Reply>, Problem> {
        let by_hash = self.command("EVALSHA", self.script.get_hash(), requests.clone());
        let first = tokio::time::timeout(patience, link.send(&by_hash)).await;
        let answer = match first {
            Ok(Err(error)) if error.code() == Some("NOSCRIPT") => {
                let in_full = self.command("EVAL", SCRIPT, requests.clone());
                self.target.call(link, &in_full, patience).await?
            }
            Ok(answer) => answer.map_err(|error| Problem::of(&error, &self.target.at))?,
            Err(_) => return Err(self.target.silent(patience)),
        };
        let unreadable = || Problem::Unreadable { at: self.target.at.clone() };
        reply::read(&answer, requests).ok_or_else(unreadable)
    }

    /// So that the first request need not bring it. Who may not load scripts may still run them.
    pub(crate) async fn load_script(&self, link: &mut Link) {
        let mut load = redis::cmd("SCRIPT");
        load.arg("LOAD").arg(SCRIPT);
        let _ = self.target.call(link, &load, self.options.connect_timeout).await;
    }

    fn command<'a>(
        &self,
        name: &str,
        script: &str,
        requests: impl Iterator<Item = &'a Request> + Clone,
    ) -> Cmd {
        let keys: usize = requests.clone().map(|request| request.lines.len()).sum();
        let mut command = redis::cmd(name);
        command.arg(script).arg(keys);
        requests.clone().for_each(|request| request.write_keys(&mut command, &self.names_in_store));
        match self.options.time {
            Time::Store => command.arg("").arg(0),
            Time::Given => {
                let slack = u64::try_from(SLACK_OF_GIVEN_TIME.as_millis()).unwrap_or(u64::MAX);
                command.arg(self.given()).arg(slack)
            }
        };
        requests.for_each(|request| request.write(&mut command, &self.node));
        command
    }

    /// The node's time in microseconds since 1970, as fine as its clock tells it.
    fn given(&self) -> u64 {
        let now = self.options.clock.now();
        let origin = self.origin.get_or_init(|| now);
        let since = u64::try_from(now.moment.since(origin.moment).as_micros()).unwrap_or(u64::MAX);
        origin.timestamp.0 * 1000 + since
    }

    pub(crate) fn share_link(&self, link: Option<&Link>) {
        *locked(&self.common) = link.cloned();
    }

    pub(crate) fn common_link(&self) -> Option<Link> {
        locked(&self.common).clone()
    }

    pub(crate) fn add_lane(&self, lane: Lane) {
        let mut lanes = locked(&self.lanes);
        lanes.retain(|lane| !lane.is_closed());
        lanes.push(lane);
    }

    pub(crate) fn any_lane(&self) -> Option<Lane> {
        locked(&self.lanes).iter().find(|lane| !lane.is_closed()).cloned()
    }
}

pub(crate) const SCRIPT: &str = include_str!("decide.lua");

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
