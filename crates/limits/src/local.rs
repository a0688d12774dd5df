//! Limits in this process's memory.

mod counts;
mod decide;
mod file;
mod memory;
mod names;
mod pause_names;
mod pauses;
mod room;
mod table;

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use model::{ByteSize, Clock, Now, Timestamp};

pub use file::{HeaderProblem, OpenProblem};
pub use room::{Filled, OnFull, Room, Usage};

use crate::count::{Count, FEW_WORDS, WORDS};
use crate::gcra::Ticks;
use crate::policy::Kind;
use crate::{Answer, Ask, Decision, Entry, InForce, Limits, Look, Reply, Seed, StoreProblem};
use counts::Counts;
use file::CountsFile;
use memory::Memory;
pub use names::{Named, Names};
use pause_names::PauseName;
use pause_names::PauseNames;
use pauses::Pauses;
use table::Table;

/// Counts every key in tables of fixed size. Deciding allocates nothing and never waits for memory or
/// a sweep.
#[derive(Debug)]
pub struct Local {
    seed: Seed,
    clock: Arc<dyn Clock>,
    rates: Table,
    /// Windows, and slots in use.
    windows: Counts,
    quotas: Counts,
    rolling: Counts,
    pauses: Pauses,
    names: Names,
    file: Option<CountsFile>,
}

impl Local {
    /// Room for a million keys under rates.
    pub const DEFAULT_BUDGET: ByteSize = Room::DEFAULT.rates;

    /// Nothing outlives the process. `clock` is the one that the points in time given to
    /// [`Limits::decide`] come from.
    pub fn new(seed: Seed, budget: ByteSize, clock: Arc<dyn Clock>) -> Self {
        Self::with_room(seed, &Room { rates: budget, ..Room::DEFAULT }, clock)
    }

    /// As [`Local::new`], with room for as many keys as given.
    pub fn with_room(seed: Seed, room: &Room, clock: Arc<dyn Clock>) -> Self {
        let memory = |keys, words| Memory::new(Counts::words_for(keys, words));
        let durable = [
            memory(room.quotas, FEW_WORDS),
            memory(room.rolling, WORDS),
            memory(room.pauses, FEW_WORDS),
        ];
        Self::of(seed, room, clock, durable, PauseNames::default(), None)
    }

    /// Quotas and pauses are kept in the file at `path`, made if it is not there, and outlive the
    /// process however it ends. `fresh` is the seed of a new file; a file that is there has its own.
    pub fn open(
        path: &Path,
        fresh: &Seed,
        room: &Room,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenProblem> {
        let file = CountsFile::open(path, fresh, room)?;
        let names = PauseNames::open(path)
            .map_err(|error| OpenProblem::Io { path: path.to_owned(), error })?;
        Ok(Self::of(file.seed.clone(), room, clock, file.memories(), names, Some(file)))
    }

    fn of(
        seed: Seed,
        room: &Room,
        clock: Arc<dyn Clock>,
        [quotas, rolling, pauses]: [Memory; 3],
        pause_names: PauseNames,
        file: Option<CountsFile>,
    ) -> Self {
        let process = file.as_ref().map_or(1, |file| file.process);
        let counts = |memory, words| Counts::new(memory, words, process, room.on_full);
        let windows = Memory::new(Counts::words_for(room.windows, FEW_WORDS));
        Self {
            seed,
            clock,
            rates: Table::new(room.rates, room.on_full),
            windows: counts(windows, FEW_WORDS),
            quotas: counts(quotas, FEW_WORDS),
            rolling: counts(rolling, WORDS),
            pauses: Pauses::new(counts(pauses, FEW_WORDS), pause_names),
            names: Names::default(),
            file,
        }
    }

    /// Writes to the disk what was counted, for a machine that loses power. Takes as long as the disk
    /// does.
    pub fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), CountsFile::sync)
    }

    pub fn usage(&self) -> Usage {
        let Self { rates, windows, quotas, rolling, .. } = self;
        Usage {
            rates: Filled { capacity: rates.capacity(), evictions: rates.evictions() },
            windows: windows.filled(),
            quotas: quotas.filled(),
            rolling: rolling.filled(),
        }
    }

    /// No earlier than any debit that anybody can have seen.
    fn present(&self) -> Ticks {
        Ticks::at(self.clock.moment())
    }

    fn counts(&self, count: &Count) -> &Counts {
        match (count.is_wide(), count.is_durable()) {
            (true, _) => &self.rolling,
            (false, true) => &self.quotas,
            (false, false) => &self.windows,
        }
    }

    fn give_back(&self, ask: &Ask<'_>, cost: u64, taken: Now, now: Now) {
        match &ask.policy.kind {
            Kind::Rate(bucket) => self.rates.credit(ask.key, bucket.debt(cost), self.present()),
            Kind::Count(count) => {
                let times = [taken.timestamp, now.timestamp];
                self.counts(count).credit(ask.key, count, cost, times);
            }
        }
    }

    fn charge(&self, ask: &Ask<'_>, cost: u64, now: Now) {
        match &ask.policy.kind {
            Kind::Rate(bucket) => {
                self.rates.charge(ask.key, bucket.debt(cost), Ticks::at(now.moment));
            }
            Kind::Count(count) => {
                self.counts(count).charge(ask.key, count, cost, now.timestamp);
            }
        }
    }
}

impl Limits for Local {
    fn seed(&self) -> &Seed {
        &self.seed
    }

    fn decide(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        self.answer(asks, now)
    }

    fn peek(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        Reply::Now(self.look(asks, now))
    }

    fn last_known(&self, asks: &[Ask<'_>], now: Now) -> Decision {
        self.look(asks, now)
    }

    fn refund(&self, asks: &[Ask<'_>], taken: Now, now: Now) {
        for ask in asks {
            self.give_back(ask, ask.cost, taken, now);
        }
    }

    fn settle(&self, ask: &Ask<'_>, extra: i64, taken: Now, now: Now) {
        match extra {
            1.. => self.charge(ask, extra.unsigned_abs(), now),
            0 => {}
            _ => self.give_back(ask, extra.unsigned_abs(), taken, now),
        }
    }

    fn pause(&self, ask: &Ask<'_>, until: Timestamp, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.names.see(ask);
        Reply::Now(self.pauses.pause(ask, until, now.timestamp))
    }

    fn resume(&self, ask: &Ask<'_>, _now: Now) -> Reply<Result<(), StoreProblem>> {
        // Whoever was known for the pause alone stays known.
        self.names.see(ask);
        Reply::Now(self.pauses.resume(ask.key))
    }

    fn carry_pauses(&self, in_force: &InForce, now: Now) -> Reply<Result<(), StoreProblem>> {
        let carry = |paused: PauseName| {
            let successor = in_force.successor_of(paused.limit, paused.policy);
            let until = self.pauses.until(paused.key, now.timestamp);
            let Some((policy, until)) = successor.zip(until) else { return Ok(()) };
            let key = paused.key.under(policy, paused.policy);
            let ask = Ask::one(policy, key).named(&paused.name);
            self.pauses.pause(&ask, until, now.timestamp)?;
            self.pauses.resume(paused.key)
        };
        // What cannot be said of one keeps no other back.
        let all = self.pauses.named(now.timestamp).into_iter().map(carry);
        Reply::Now(all.fold(Ok(()), Result::and))
    }

    fn reset(&self, ask: &Ask<'_>, now: Now) -> Reply<Result<(), StoreProblem>> {
        match &ask.policy.kind {
            Kind::Rate(_) => self.rates.credit(ask.key, u64::MAX, self.present()),
            Kind::Count(count) => self.counts(count).reset(ask.key, count, now.timestamp),
        }
        Reply::Now(Ok(()))
    }

    fn lower(&self, ask: &Ask<'_>, used: u64, now: Now) -> Reply<Result<(), StoreProblem>> {
        match &ask.policy.kind {
            Kind::Rate(bucket) => {
                let beyond = self.used(ask, now).saturating_sub(used);
                self.rates.credit(ask.key, bucket.debt(beyond), self.present());
            }
            Kind::Count(count) => self.counts(count).lower(ask.key, count, used, now.timestamp),
        }
        Reply::Now(Ok(()))
    }

    fn inspect(&self, look: &Look, now: Now) -> Reply<Result<Vec<Entry>, StoreProblem>> {
        let mut named: Vec<_> = self.names.all().filter_map(|named| look.now(named)).collect();
        let seen: HashSet<_> = named.iter().map(|named| named.key).collect();
        let paused = self.pauses.named(now.timestamp);
        let unseen = paused.into_iter().filter(|paused| !seen.contains(&paused.key));
        named.extend(unseen.filter_map(|paused| {
            let policy = look.policy(paused.policy)?.clone();
            Some(Named { policy, key: paused.key, name: paused.name })
        }));
        let mut entries: Vec<_> = named.into_iter().map(|named| self.entry(named, now)).collect();
        look.arrange(&mut entries);
        Reply::Now(Ok(entries))
    }
}

#[cfg(feature = "fuzzing")]
pub(crate) fn is_header(bytes: &[u8]) -> bool {
    file::Header::parse(bytes).is_ok()
}

#[cfg(feature = "fuzzing")]
pub(crate) fn is_pause_name(line: &str) -> bool {
    pause_names::PauseName::parse(line).is_some()
}

#[cfg(all(test, not(loom)))]
mod tests;
