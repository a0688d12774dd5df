//! The keys that a limit denies most, in memory of a fixed size.

use limits::Key;
use model::Timestamp;

/// Keys that are told apart; with more of them, the rarest make room.
const MOST: usize = 32;

/// Counts denials by key. With at most [`MOST`] keys the counts are exact; with more, a count may
/// include what the key it replaced had, which [`TopKey::at_most_over`] says.
#[derive(Debug, Default)]
pub(crate) struct Top {
    keys: Vec<TopKey>,
}

/// One key and how often it was denied.
#[derive(Debug, Clone)]
pub(crate) struct TopKey {
    key: Key,
    pub(crate) name: String,
    pub(crate) denied: u64,
    pub(crate) at_most_over: u64,
    pub(crate) last: Timestamp,
}

impl Top {
    pub(crate) fn add(&mut self, key: Key, at: Timestamp, name: impl FnOnce() -> String) {
        if let Some(known) = self.keys.iter_mut().find(|known| known.key == key) {
            known.denied += 1;
            known.last = known.last.max(at);
            return;
        }
        let entry = |replaced: u64| TopKey {
            key,
            name: name(),
            denied: replaced + 1,
            at_most_over: replaced,
            last: at,
        };
        if self.keys.len() < MOST {
            self.keys.push(entry(0));
            return;
        }
        if let Some(rarest) = self.keys.iter_mut().min_by_key(|known| known.denied) {
            *rarest = entry(rarest.denied);
        }
    }

    /// Adds what another thread counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        for from in &other.keys {
            match self.keys.iter_mut().find(|known| known.key == from.key) {
                Some(known) => {
                    known.denied += from.denied;
                    known.at_most_over += from.at_most_over;
                    known.last = known.last.max(from.last);
                }
                None => self.keys.push(from.clone()),
            }
        }
    }

    /// The most denied first.
    pub(crate) fn into_sorted(mut self, most: usize) -> Vec<TopKey> {
        self.keys.sort_by(|a, b| b.denied.cmp(&a.denied).then_with(|| a.name.cmp(&b.name)));
        self.keys.truncate(most);
        self.keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(top: &mut Top, key: u64, times: u64) {
        for at in 0..times {
            top.add(Key::from_hash(key), Timestamp(at), || format!("k{key}"));
        }
    }

    fn said(top: Top) -> Vec<(String, u64, u64)> {
        let keys = top.into_sorted(3).into_iter();
        keys.map(|key| (key.name, key.denied, key.at_most_over)).collect()
    }

    #[test]
    fn few_keys_are_counted_exactly_over_threads() {
        let (mut one, mut other) = (Top::default(), Top::default());
        add(&mut one, 1, 5);
        add(&mut one, 2, 7);
        add(&mut other, 1, 4);
        one.merge(&other);
        assert_eq!(said(one), [("k1".to_owned(), 9, 0), ("k2".to_owned(), 7, 0)]);
    }

    #[test]
    fn a_heavy_key_is_found_among_many_light_ones() {
        let mut top = Top::default();
        for light in 10..10_000 {
            add(&mut top, light, 1);
            if light % 10 == 0 {
                add(&mut top, 1, 1);
            }
        }
        let first = &said(top)[0];
        assert_eq!(first.0, "k1");
        // At least what it had, and at most as much more as is said.
        assert!(first.1 >= 999 && first.1 - first.2 <= 999, "{first:?}");
    }
}
