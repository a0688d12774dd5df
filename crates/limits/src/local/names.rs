//! What keys stand for, kept aside from the counting for people who look at limits.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Ask, Key, Name, Policy};

/// The names of the keys seen last. Written when a key gets its place in a table, never on the way of
/// an ordinary decision.
#[derive(Debug)]
pub struct Names {
    shards: Box<[Mutex<Shard>]>,
}

#[derive(Debug, Clone)]
pub struct Named {
    pub policy: Policy,
    pub key: Key,
    pub name: Name,
}

#[derive(Debug, Default)]
struct Shard {
    names: Vec<Named>,
    /// Which name gives way next, once the shard is full.
    oldest: usize,
}

const SHARDS: usize = 1024;
const NAMES_PER_SHARD: usize = 64;
/// Names are cut here: a client chooses what is in a header.
const LONGEST: usize = 256;

impl Default for Names {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Names {
    #[cold]
    pub fn see(&self, ask: &Ask<'_>) {
        if ask.name.is_none() {
            return;
        }
        let mut shard = self.shard(ask.key);
        if shard.names.iter().any(|named| named.key == ask.key) {
            return;
        }
        let Some(name) = of(ask) else { return };
        let named = Named { policy: ask.policy.clone(), key: ask.key, name };
        if shard.names.len() < NAMES_PER_SHARD {
            shard.names.push(named);
            return;
        }
        let oldest = shard.oldest;
        shard.names[oldest] = named;
        shard.oldest = (oldest + 1) % NAMES_PER_SHARD;
    }

    pub fn all(&self) -> impl Iterator<Item = Named> + '_ {
        self.shards.iter().flat_map(|shard| locked(shard).names.clone())
    }

    fn shard(&self, key: Key) -> MutexGuard<'_, Shard> {
        let index = usize::try_from(key.0 >> 32).unwrap_or(0) % SHARDS;
        locked(&self.shards[index])
    }
}

/// What is asked for, if somebody knows.
pub(super) fn of(ask: &Ask<'_>) -> Option<Name> {
    let mut name = ask.name?.name(ask);
    if name.text.len() > LONGEST {
        name.text = name.text[..name.text.floor_char_boundary(LONGEST)].into();
    }
    Some(name)
}

fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
