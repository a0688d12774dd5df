//! A node's part of one key's limit: how large it is, and how much of it is used when an outage begins.

use limits::{Ask, Local, Policy};
use model::limit::Window;
use model::{Now, Period, Rate, Rule};

use super::Past;
use crate::redis::request::Line;

pub(super) struct Share {
    pub(super) line: Line,
    pub(super) policy: Policy,
}

impl Share {
    /// This node's part of the line's limit; nothing when that is less than one permit.
    pub(super) fn of(line: &Line, nodes: u64) -> Option<Self> {
        Some(Self { line: line.clone(), policy: share_of(&line.policy, nodes)? })
    }

    /// What of it is used when it begins with so much `left`, or with what falls to a key that was not met.
    pub(super) fn used_before(&self, left: Option<u64>, past: Past<'_>, now: Now) -> u64 {
        let left = left.unwrap_or_else(|| unmet(&self.policy, now));
        let held = if self.policy.counts_slots() { past.slots.held(self.line.key) } else { 0 };
        self.policy.limit().saturating_sub(left).max(held)
    }

    /// What of it `counts` have, which may be more than all.
    pub(super) fn used(&self, counts: &Local, now: Now) -> u64 {
        counts.used(&Ask::one(&self.policy, self.line.key), now)
    }
}

/// One of `nodes` parts of a limit; nothing when that is less than one permit.
///
/// A rate's burst is divided, too, but a part of it is never less than one permit: the rate holds.
fn share_of(policy: &Policy, nodes: u64) -> Option<Policy> {
    let part = |limit: u64| limit.checked_div(nodes).filter(|part| *part > 0);
    let rule = match policy.rule().clone() {
        Rule::Rate { rate, burst } => {
            let count = u32::try_from(nodes).ok().filter(|count| *count > 0)?;
            let rate = Rate { permits: rate.permits, per: rate.per.checked_mul(count)? };
            Rule::Rate { rate, burst: (burst / count).max(1) }
        }
        Rule::FixedWindow { limit, per } => Rule::FixedWindow { limit: part(limit)?, per },
        Rule::SlidingWindow { limit, per } => Rule::SlidingWindow { limit: part(limit)?, per },
        Rule::Quota { limit, period, zone } => Rule::Quota { limit: part(limit)?, period, zone },
        Rule::Concurrency { slots } => {
            Rule::Concurrency { slots: u32::try_from(part(u64::from(slots))?).ok()? }
        }
    };
    Policy::new(policy.scope(), policy.name(), rule).ok()
}

/// What a node may take of its share of a key that it has not met while the store answered. Slots that others
/// hold are of their parts.
fn unmet(share: &Policy, now: Now) -> u64 {
    let part_of = |window: Window| {
        let (rest, all) = (window.end.since(now.timestamp), window.end.since(window.start));
        let left = u128::from(share.limit()) * rest.as_millis() / all.as_millis().max(1);
        u64::try_from(left).unwrap_or(u64::MAX)
    };
    match share.rule() {
        Rule::Rate { .. } | Rule::Quota { period: Period::Rolling(_), .. } => 0,
        Rule::FixedWindow { per, .. } | Rule::SlidingWindow { per, .. } => {
            part_of(Window::of(*per, now.timestamp))
        }
        Rule::Quota { period, zone, .. } => period.window(zone, now.timestamp).map_or(0, part_of),
        Rule::Concurrency { .. } => share.limit(),
    }
}
