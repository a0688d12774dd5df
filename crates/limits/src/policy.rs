//! A declared limit, compiled to the numbers that decisions are made with.

use std::hash::Hasher;

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;
use model::{Rate, ThrottleProblem, throttle};

use crate::gcra::Bucket;
use crate::headers;
use crate::leased::Terms;

/// A rate and a burst under a name.
///
/// Its identity is what it says: a policy compiled again from the same scope, name, rate and burst
/// counts on where the former left off, whereas a changed one starts anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    name: String,
    identity: u64,
    burst: u32,
    bucket: Bucket,
    /// Its item of `RateLimit-Policy`.
    item: String,
    /// Its name as a structured-field string.
    quoted: String,
}

/// Why a limit cannot be enforced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyProblem {
    #[error("policy name `{0}` cannot be sent in a header; use printable ASCII")]
    Name(String),
    #[error(transparent)]
    Throttle(#[from] ThrottleProblem),
}

impl Policy {
    /// `scope` tells policies of the same name apart, as an API's name does.
    pub fn new(scope: &str, name: &str, rate: Rate, burst: u32) -> Result<Self, PolicyProblem> {
        if name.is_empty() || !name.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(PolicyProblem::Name(name.to_owned()));
        }
        throttle::check(rate, burst)?;
        let bucket = Bucket::new(rate, burst);
        let mut quoted = String::new();
        headers::quote(&mut quoted, name);
        let item = headers::policy_item(&quoted, rate, burst);
        let identity = identity(scope, name, rate, burst);
        Ok(Self { name: name.to_owned(), identity, burst, bucket, item, quoted })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn burst(&self) -> u32 {
        self.burst
    }

    pub(crate) fn identity(&self) -> u64 {
        self.identity
    }

    pub(crate) fn bucket(&self) -> Bucket {
        self.bucket
    }

    pub(crate) fn terms(&self) -> Terms {
        self.bucket.terms()
    }

    pub(crate) fn item(&self) -> &str {
        &self.item
    }

    pub(crate) fn quoted(&self) -> &str {
        &self.quoted
    }
}

/// Stable over reloads and equal on every node; the seed of [`crate::Seed::key`] hides it.
fn identity(scope: &str, name: &str, rate: Rate, burst: u32) -> u64 {
    let mut hasher = FoldHasher::with_seed(0x7469_6465, SharedSeed::global_fixed());
    for text in [scope, name] {
        hasher.write_usize(text.len());
        hasher.write(text.as_bytes());
    }
    hasher.write_u32(rate.permits);
    hasher.write_u128(rate.per.as_nanos());
    hasher.write_u32(burst);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn rate(permits: u32, seconds: u64) -> Rate {
        Rate { permits, per: Duration::from_secs(seconds) }
    }

    fn problem(name: &str, rate: Rate, burst: u32) -> String {
        Policy::new("public", name, rate, burst).expect_err("a problem").to_string()
    }

    #[test]
    fn an_unchanged_policy_keeps_its_identity() {
        let identity = |scope, name, permits, burst| {
            Policy::new(scope, name, rate(permits, 60), burst).expect("policy").identity()
        };
        let first = identity("public", "ip", 20, 20);
        assert_eq!(identity("public", "ip", 20, 20), first);
        assert_ne!(identity("admin", "ip", 20, 20), first);
        assert_ne!(identity("public", "route", 20, 20), first);
        assert_ne!(identity("public", "ip", 21, 20), first);
        assert_ne!(identity("public", "ip", 20, 21), first);
        assert_ne!(identity("publi", "cip", 20, 20), first);
    }

    #[test]
    fn impossible_policies_are_named() {
        let cases = [
            (
                problem("größe", rate(1, 1), 1),
                "policy name `größe` cannot be sent in a header; use printable ASCII",
            ),
            (problem("p", rate(0, 1), 1), "rate 0/s admits nothing; give at least 1"),
            (
                problem("p", rate(1, 86400), 400),
                "a burst of 400 at 1/day takes over a year to refill; give a burst of at most 366",
            ),
        ];
        for (said, expected) in cases {
            assert_eq!(said, expected);
        }
    }
}
