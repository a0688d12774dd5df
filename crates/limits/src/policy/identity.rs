//! What makes a policy the same as one compiled before.

use std::hash::Hasher;
use std::time::Duration;

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;
use model::{Mode, Period, Rule};

/// Stable over reloads and equal on every node; the seed of [`crate::Seed::key`] hides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The limit, whatever its rule.
    pub(crate) limit: u64,
    pub(crate) rule: u64,
}

impl Identity {
    pub(super) fn of(scope: &str, name: &str, rule: &Rule) -> Self {
        let mut hasher = hasher();
        text(&mut hasher, scope);
        text(&mut hasher, name);
        Self { limit: hasher.finish(), rule: of_rule(rule) }
    }

    pub(super) fn whole(self) -> u64 {
        self.limit ^ self.rule
    }
}

/// Of what keys of the same identity may be leased differently by.
pub(super) fn of_terms(limit: u64, mode: Mode) -> u64 {
    let mut hasher = hasher();
    hasher.write_u64(limit);
    match mode {
        Mode::Exact => hasher.write_u8(0),
        Mode::Auto => hasher.write_u8(1),
        Mode::Leased { ttl } => span(&mut hasher, ttl),
    }
    hasher.finish()
}

fn hasher() -> FoldHasher<'static> {
    FoldHasher::with_seed(0x7469_6465, SharedSeed::global_fixed())
}

fn of_rule(rule: &Rule) -> u64 {
    let mut hasher = hasher();
    match rule {
        Rule::Rate { rate, burst } => {
            hasher.write_u8(0);
            hasher.write_u32(rate.permits);
            span(&mut hasher, rate.per);
            hasher.write_u32(*burst);
        }
        // What was used in the present window counts against the new limit.
        Rule::FixedWindow { limit: _, per } => {
            hasher.write_u8(1);
            span(&mut hasher, *per);
        }
        Rule::SlidingWindow { limit: _, per } => {
            hasher.write_u8(2);
            span(&mut hasher, *per);
        }
        Rule::Quota { limit: _, period, zone } => {
            hasher.write_u8(3);
            match period {
                Period::Day => hasher.write_u8(0),
                Period::Week => hasher.write_u8(1),
                Period::Month => hasher.write_u8(2),
                Period::Rolling(per) => span(&mut hasher, *per),
            }
            text(&mut hasher, zone.name());
        }
        // Who holds a slot gives it back whatever the limit has become.
        Rule::Concurrency { slots: _ } => hasher.write_u8(4),
    }
    hasher.finish()
}

fn text(hasher: &mut FoldHasher<'_>, text: &str) {
    hasher.write_usize(text.len());
    hasher.write(text.as_bytes());
}

fn span(hasher: &mut FoldHasher<'_>, span: Duration) {
    hasher.write_u128(span.as_nanos());
}

#[cfg(test)]
mod tests {
    use model::{Rate, Zone};

    use super::*;

    fn of(scope: &str, name: &str, rule: &Rule) -> u64 {
        Identity::of(scope, name, rule).whole()
    }

    fn rate(permits: u32, burst: u32) -> Rule {
        Rule::Rate { rate: Rate { permits, per: Duration::from_secs(60) }, burst }
    }

    fn quota(limit: u64, period: Period, zone: &str) -> Rule {
        Rule::Quota { limit, period, zone: Zone::named(zone).expect("zone") }
    }

    #[test]
    fn an_unchanged_policy_keeps_its_identity() {
        let first = of("public", "ip", &rate(20, 20));
        assert_eq!(of("public", "ip", &rate(20, 20)), first);
        assert_ne!(of("admin", "ip", &rate(20, 20)), first);
        assert_ne!(of("public", "route", &rate(20, 20)), first);
        assert_ne!(of("public", "ip", &rate(21, 20)), first);
        assert_ne!(of("public", "ip", &rate(20, 21)), first);
        assert_ne!(of("publi", "cip", &rate(20, 20)), first);
    }

    #[test]
    fn a_quota_of_the_same_period_counts_on() {
        let first = of("plans", "daily", &quota(100, Period::Day, "Europe/Berlin"));
        assert_eq!(of("plans", "daily", &quota(200, Period::Day, "Europe/Berlin")), first);
        assert_ne!(of("plans", "daily", &quota(100, Period::Week, "Europe/Berlin")), first);
        assert_ne!(of("plans", "daily", &quota(100, Period::Day, "UTC")), first);
        let rolling = Period::Rolling(Duration::from_hours(24));
        assert_ne!(of("plans", "daily", &quota(100, rolling, "Europe/Berlin")), first);
    }
}
