//! API keys: what is kept of them, and how they change. The values themselves are kept nowhere.

mod value;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{ApiKeyName, Origin, Timestamp, UsagePlanName};

pub use value::{Digest, KeyText, KeyTextProblem, SHORTEST_KEY};

/// Names an API key in events, usage and the admin API: ten letters and digits that stay the same
/// while its values change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKeyId(Arc<str>);

impl ApiKeyId {
    /// An id from a random number.
    pub fn from_random(random: u64) -> Self {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        let mut rest = random;
        let mut id = String::with_capacity(10);
        for _ in 0..10 {
            id.push(char::from(DIGITS[usize::try_from(rest % 36).unwrap_or(0)]));
            rest /= 36;
        }
        Self(id.into())
    }

    /// The id of a key that a manifest declares: servers with the same manifest count its requests
    /// together.
    pub fn of_declared(name: &ApiKeyName) -> Self {
        Self::from_random(Digest::of(name.as_str().as_bytes()).first_word())
    }

    /// An id that was given out before.
    pub fn known(text: &str) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for ApiKeyId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A caller's key, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: ApiKeyName,
    pub origin: Origin,
    /// The usage plans it belongs to.
    pub plans: Vec<UsagePlanName>,
    /// The newest first. While a rotation overlaps there are two; before the first, none.
    pub values: Vec<KeyValue>,
    pub enabled: bool,
    /// From then on it admits nothing.
    pub expires: Option<Timestamp>,
    pub created: Timestamp,
    pub updated: Timestamp,
}

/// One value of a key: enough to recognize it, too little to repeat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValue {
    pub digest: Digest,
    /// Its first characters, by which people recognize it.
    pub prefix: String,
    pub since: Timestamp,
    /// From then on it is not accepted.
    pub until: Option<Timestamp>,
}

impl KeyValue {
    pub fn of(text: &KeyText, since: Timestamp) -> Self {
        Self { digest: text.digest(), prefix: text.prefix().to_owned(), since, until: None }
    }

    pub fn is_accepted(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl ApiKey {
    /// Whether requests with one of its values are let in at all.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.enabled && self.expires.is_none_or(|expires| now < expires)
    }

    /// Gives it a new value. What it had is accepted for `overlap` longer, and what was leaving
    /// already leaves no later than before.
    #[must_use]
    pub fn rotated(mut self, value: KeyValue, overlap: Duration, now: Timestamp) -> Self {
        let until = now.plus(overlap);
        for old in &mut self.values {
            old.until = Some(old.until.map_or(until, |earlier| earlier.min(until)));
        }
        self.values.retain(|old| old.is_accepted(now) && old.digest != value.digest);
        // Two at most: a caller replaces one value by another.
        self.values.truncate(1);
        self.values.insert(0, value);
        self.updated = now;
        self
    }

    #[must_use]
    pub fn switched(mut self, enabled: bool, now: Timestamp) -> Self {
        self.enabled = enabled;
        self.updated = now;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, since: u64) -> KeyValue {
        KeyValue::of(&KeyText::parse(text).expect("a value"), Timestamp(since))
    }

    fn key() -> ApiKey {
        ApiKey {
            id: ApiKeyId::known("abcdefghij"),
            name: ApiKeyName::parse("partner").expect("a name"),
            origin: Origin::Operator,
            plans: Vec::new(),
            values: vec![value("first-value-of-the-key", 0)],
            enabled: true,
            expires: Some(Timestamp(1_000_000)),
            created: Timestamp(0),
            updated: Timestamp(0),
        }
    }

    fn accepted(key: &ApiKey, now: u64) -> Vec<&str> {
        let values = key.values.iter().filter(|value| value.is_accepted(Timestamp(now)));
        values.map(|value| &*value.prefix).collect()
    }

    #[test]
    fn a_rotation_overlaps_until_its_deadline() {
        let next = value("second-value-of-the-key", 10_000);
        let rotated = key().rotated(next, Duration::from_secs(60), Timestamp(10_000));
        assert_eq!(accepted(&rotated, 69_999), ["seco", "firs"]);
        assert_eq!(accepted(&rotated, 70_000), ["seco"]);
        assert_eq!(rotated.updated, Timestamp(10_000));
    }

    #[test]
    fn without_overlap_the_old_value_ends_at_once() {
        let next = value("second-value-of-the-key", 5);
        let rotated = key().rotated(next, Duration::ZERO, Timestamp(5));
        assert_eq!(accepted(&rotated, 5), ["seco"]);
        assert_eq!(rotated.values.len(), 1);
    }

    #[test]
    fn a_second_rotation_keeps_two_values_and_prolongs_none() {
        let hour = Duration::from_hours(1);
        let once = key().rotated(value("second-value-of-the-key", 1), hour, Timestamp(1));
        let twice = once.rotated(value("third-value-of-the-key!!", 2), hour, Timestamp(2));
        assert_eq!(accepted(&twice, 3), ["thir", "seco"]);
    }

    #[test]
    fn a_key_is_live_until_it_is_disabled_or_expires() {
        assert!(key().is_live(Timestamp(999_999)));
        assert!(!key().is_live(Timestamp(1_000_000)));
        assert!(!key().switched(false, Timestamp(1)).is_live(Timestamp(2)));
    }

    #[test]
    fn ids_look_as_aws_writes_them() {
        let id = ApiKeyId::from_random(u64::MAX);
        assert_eq!(id.as_str().len(), 10);
        assert!(id.as_str().bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()));
    }
}
