//! What one request asks of the store, as the script reads it.

use std::time::Duration;

use limits::{Ask, Key, Policy};
use model::limit::ROLLING_SLICES;
use model::{Now, Period, Rule, Timestamp};
use redis::Cmd;

use super::naming::Namespace;

/// What to do with the asks of a request; see the head of `decide.lua`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Decide,
    Peek,
    Charge,
    Credit,
    /// Slots of this node stay its own.
    Renew,
    Pause(Timestamp),
    Resume,
    /// What is used, to the cost.
    Lower,
    /// So many permits ahead of their use; lines cost 1.
    Grant(u32),
    /// Permits of a grant, by its receipt.
    TakeBack([u64; 3]),
}

/// One limit of a request, kept until the store has answered.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) policy: Policy,
    pub(crate) key: Key,
    pub(crate) cost: u64,
    /// How long ago the debit was made that a charge or a credit is about.
    pub(crate) age: Duration,
    /// The window that the node's clock is in, for quotas.
    pub(crate) bounds: [u64; 4],
}

/// Asks that are decided together, all at one shard.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) verb: Verb,
    pub(crate) lines: Vec<Line>,
}

/// Slots are free again when their node has not been heard of for this long.
pub(crate) const HOLD_TTL: Duration = Duration::from_secs(10);
/// Times and debts of microseconds stay exact in a script's numbers up to 2^53.
const MOST: u64 = 1 << 51;

impl Line {
    pub(crate) fn of(ask: &Ask<'_>, now: Now) -> Self {
        let bounds = match ask.policy.rule() {
            Rule::Quota { period, zone, .. } => bounds(*period, zone, now.timestamp),
            _ => [0; 4],
        };
        let policy = ask.policy.clone();
        Self { policy, key: ask.key, cost: ask.cost, age: Duration::ZERO, bounds }
    }

    fn write(&self, command: &mut Cmd, node: &str) {
        let (cost, age) = (self.cost, millis(self.age));
        match self.policy.rule() {
            Rule::Rate { burst, .. } => {
                write_rate(command, self.policy.interval(), *burst, cost);
            }
            Rule::FixedWindow { limit, per } => {
                command.arg("w").arg(cost).arg(limit).arg(age).arg(millis(*per));
            }
            Rule::SlidingWindow { limit, per } => {
                command.arg("s").arg(cost).arg(limit).arg(age).arg(millis(*per));
            }
            Rule::Quota { limit, period: Period::Rolling(per), .. } => {
                command.arg("l").arg(cost).arg(limit).arg(age);
                command.arg(slice(*per) * ROLLING_SLICES).arg(slice(*per));
            }
            Rule::Quota { limit, .. } => {
                command.arg("q").arg(cost).arg(limit).arg(age);
                for bound in self.bounds {
                    command.arg(bound);
                }
            }
            Rule::Concurrency { slots } => {
                command.arg("c").arg(cost).arg(slots).arg(node).arg(millis(HOLD_TTL));
            }
        }
    }
}

impl Request {
    pub(crate) fn of(verb: Verb, asks: &[Ask<'_>], now: Now) -> Self {
        Self { verb, lines: asks.iter().map(|ask| Line::of(ask, now)).collect() }
    }

    pub(crate) fn write_keys(&self, command: &mut Cmd, names: &Namespace) {
        for line in &self.lines {
            command.arg(names.name(line.key).as_slice());
        }
    }

    pub(crate) fn write(&self, command: &mut Cmd, node: &str) {
        command.arg(self.verb.letter()).arg(self.lines.len());
        if let Verb::Pause(until) = self.verb {
            command.arg(until.0.min(MOST));
        }
        for line in &self.lines {
            line.write(command, node);
            match self.verb {
                Verb::Grant(want) => {
                    command.arg(want);
                }
                Verb::TakeBack(receipt) => {
                    command.arg(&receipt);
                }
                _ => {}
            }
        }
    }
}

impl Verb {
    fn letter(self) -> &'static str {
        match self {
            Self::Decide => "d",
            Self::Peek => "p",
            Self::Charge => "f",
            Self::Credit => "c",
            Self::Renew => "h",
            Self::Pause(_) => "u",
            Self::Resume => "x",
            Self::Lower => "r",
            Self::Grant(_) => "g",
            Self::TakeBack(_) => "t",
        }
    }
}

fn write_rate(command: &mut Cmd, (interval, parts): (u64, u64), burst: u32, cost: u64) {
    let split = |permits: u64| {
        let debt = u128::from(interval) * u128::from(permits);
        if parts == 1 {
            return (u64::try_from(debt).unwrap_or(u64::MAX).min(MOST), 0);
        }
        let whole = u64::try_from(debt / u128::from(parts)).unwrap_or(u64::MAX);
        (whole.min(MOST), (debt % u128::from(parts)) as u64)
    };
    let ((debt, debt_part), (tolerance, tolerance_part)) = (split(cost), split(u64::from(burst)));
    if parts == 1 {
        command.arg("r").arg(debt).arg(tolerance);
        return;
    }
    command.arg("R").arg(debt).arg(tolerance);
    command.arg(debt_part).arg(tolerance_part).arg(parts);
}

/// The bounds of the calendar window before, of this one and of the next: the store's clock may be a
/// window off.
fn bounds(period: Period, zone: &model::Zone, now: Timestamp) -> [u64; 4] {
    let window = |at| period.window(zone, at);
    let Some(this) = window(now) else { return [0; 4] };
    let before = window(Timestamp(this.start.0.saturating_sub(1))).map_or(this.start, |w| w.start);
    let after = window(this.end).map_or(this.end, |w| w.end);
    [before.0, this.start.0, this.end.0, after.0]
}

fn slice(per: Duration) -> u64 {
    millis(per).div_ceil(ROLLING_SLICES).max(1)
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
