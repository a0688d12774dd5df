//! What the store answered, as standings.

use std::time::Duration;

use limits::leased::{Grant, Receipt};
use limits::{Standing, Verdict};
use model::{Period, Rule};
use redis::Value;

use super::request::{Line, Request, Verb};

/// One request's part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) is_admitted: bool,
    pub(crate) counts: Vec<Count>,
}

/// What the store has counted for one ask. What the numbers are depends on its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    /// Microseconds since 1970 at the store.
    pub(crate) now: u64,
    is_violated: bool,
    numbers: [u64; 4],
    paused_until: u64,
    /// Of a grant: when a rate's books were begun, or which window it is.
    born: u64,
}

/// Takes an answer apart; nothing when it is none to these requests.
pub(crate) fn read<'a>(
    answer: &Value,
    requests: impl Iterator<Item = &'a Request>,
) -> Option<Vec<Reply>> {
    let Value::BulkString(text) = answer else { return None };
    let mut numbers = Numbers(text);
    let now = numbers.next_unsigned()?;
    let mut replies = Vec::with_capacity(requests.size_hint().0);
    for request in requests {
        let is_admitted = numbers.next()? == 1;
        let mut counts = Vec::with_capacity(request.lines.len());
        for _ in &request.lines {
            counts.push(numbers.count(now, request.verb)?);
        }
        replies.push(Reply { is_admitted, counts });
    }
    numbers.0.is_empty().then_some(replies)
}

/// Whole numbers with a blank between two of them; what is left of them.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    /// What the script says of one ask.
    fn count(&mut self, now: u64, verb: Verb) -> Option<Count> {
        let first = self.next()?;
        let mut count =
            Count { now, is_violated: first == 1, numbers: [0; 4], paused_until: 0, born: 0 };
        if first < 0 {
            count.numbers[0] = now + (-1 - first).unsigned_abs();
            return Some(count);
        }
        for number in &mut count.numbers {
            *number = self.next_unsigned()?;
        }
        count.paused_until = self.next_unsigned()?;
        if matches!(verb, Verb::Grant(_)) {
            count.born = self.next_unsigned()?;
        }
        Some(count)
    }

    fn next_unsigned(&mut self) -> Option<u64> {
        u64::try_from(self.next()?).ok()
    }

    fn next(&mut self) -> Option<i64> {
        let (is_negative, digits) = match self.0 {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        let mut number = 0_i64;
        let mut length = 0;
        for byte in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
            number = number.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
            length += 1;
        }
        self.0 = match &digits[length..] {
            [b' ', rest @ ..] => rest,
            rest => rest,
        };
        (length > 0).then_some(if is_negative { -number } else { number })
    }
}

impl Count {
    pub(crate) fn paused_for(&self) -> Option<Duration> {
        let millis = self.paused_until.checked_sub(self.now / 1000).filter(|millis| *millis > 0)?;
        let micros = (millis * 1000).saturating_sub(self.now % 1000);
        Some(Duration::from_micros(micros))
    }

    /// What of its limit the key has used.
    pub(crate) fn used(&self, line: &Line) -> u64 {
        let [a, b, c, d] = self.numbers;
        match line.policy.rule() {
            Rule::Rate { .. } => {
                let (interval, _) = line.policy.interval();
                saturated(quotient_up(self.owed(line), interval.into()))
            }
            Rule::SlidingWindow { per, .. } => b + self.weighed(c, d, *per),
            Rule::Quota { period: Period::Rolling(_), .. } | Rule::Concurrency { .. } => a,
            Rule::FixedWindow { .. } | Rule::Quota { .. } => b,
        }
    }

    /// Slots that the store has counted for this node.
    pub(crate) fn of_node(&self) -> u64 {
        self.numbers[1]
    }

    pub(crate) fn standing(&self, line: &Line) -> Standing {
        let [_, b, c, d] = self.numbers;
        let remaining = match line.policy.rule() {
            Rule::Rate { .. } => 0,
            _ => line.policy.limit().saturating_sub(self.used(line)),
        };
        let (remaining, more, full, wait) = match line.policy.rule() {
            Rule::Rate { burst, .. } => self.rate(line, *burst),
            Rule::FixedWindow { .. } => self.window(b, d, remaining),
            Rule::SlidingWindow { per, .. } => self.sliding(line, *per, remaining),
            Rule::Quota { period: Period::Rolling(_), .. } => {
                (remaining, self.until(b), self.until(d), self.until(c))
            }
            Rule::Quota { .. } => self.window(b, d, remaining),
            // Nobody knows when others are done.
            Rule::Concurrency { .. } => (remaining, Duration::ZERO, Duration::ZERO, Duration::ZERO),
        };
        let standing = match self.paused_for().filter(|_| line.cost > 0) {
            Some(pause) if self.is_violated => {
                let wait = if remaining < line.cost { wait } else { Duration::ZERO };
                Standing::denied(Verdict::Paused, remaining, pause.max(wait))
            }
            _ if self.is_violated => Standing::denied(Verdict::Exhausted, remaining, wait),
            _ => Standing::admitted(remaining),
        };
        standing.with_more_in(more).with_full_in(full)
    }

    /// What was granted of a line that asked for permits ahead of their use.
    pub(crate) fn grant(&self, line: &Line) -> Grant {
        let [a, b, granted, d] = self.numbers;
        let standing = self.standing(line);
        let (valid_for, receipt) = match line.policy.rule() {
            // A part of a microsecond is left out: less is taken back then.
            Rule::Rate { .. } => (Duration::MAX, [self.born, a, d]),
            _ => (self.until(d), [a, 0, 0]),
        };
        let remaining = match line.policy.rule() {
            Rule::Rate { .. } => standing.remaining,
            _ => line.policy.limit().saturating_sub(b),
        };
        let pause = self.paused_for();
        let more_in = if remaining > 0 { Duration::ZERO } else { standing.more_in() };
        Grant {
            permits: u32::try_from(granted).unwrap_or(u32::MAX),
            remaining,
            more_in: pause.unwrap_or(more_in),
            is_paused: pause.is_some(),
            valid_for,
            receipt: Receipt(receipt),
        }
    }

    /// Parts of a microsecond, of which the policy's interval has so many to a permit, until the bucket
    /// is full.
    fn owed(&self, line: &Line) -> u128 {
        let (_, parts) = line.policy.interval();
        let [tat, part, ..] = self.numbers;
        u128::from(tat.saturating_sub(self.now)) * u128::from(parts) + u128::from(part)
    }

    fn rate(&self, line: &Line, burst: u32) -> (u64, Duration, Duration, Duration) {
        let (interval, parts) = line.policy.interval();
        let (interval, parts) = (u128::from(interval), u128::from(parts));
        let (owed, tolerance) = (self.owed(line), interval * u128::from(burst));
        let remaining = quotient(tolerance.saturating_sub(owed), interval);
        let next = tolerance.saturating_sub((remaining + 1) * interval);
        let more = if owed == 0 { 0 } else { owed - next };
        let wait = (owed + interval * u128::from(line.cost)).saturating_sub(tolerance);
        let span =
            |parts_of: u128| Duration::from_nanos(saturated(quotient_up(parts_of * 1000, parts)));
        (saturated(remaining), span(more), span(owed), span(wait))
    }

    fn window(&self, used: u64, end: u64, remaining: u64) -> (u64, Duration, Duration, Duration) {
        let rest = self.until(end);
        let full = if used == 0 { Duration::ZERO } else { rest };
        (remaining, full, full, rest)
    }

    fn sliding(
        &self,
        line: &Line,
        per: Duration,
        remaining: u64,
    ) -> (u64, Duration, Duration, Duration) {
        let [_, count, former, end] = self.numbers;
        let limit = line.policy.limit();
        let full = match (count, former) {
            (0, 0) => Duration::ZERO,
            (0, _) => self.until(end),
            _ => self.until(end) + per,
        };
        let more = if count == 0 && former == 0 {
            Duration::ZERO
        } else {
            self.slid(limit, remaining + 1, count, former, end, per)
        };
        (remaining, more, full, self.slid(limit, line.cost, count, former, end, per))
    }

    /// Until `cost` fits beside what is counted, were nothing else to come.
    fn slid(
        &self,
        limit: u64,
        cost: u64,
        count: u64,
        former: u64,
        end: u64,
        per: Duration,
    ) -> Duration {
        let length = u64::try_from(per.as_millis()).unwrap_or(u64::MAX);
        // How long before the end of a window the former one's `weight` leaves `room`.
        let before = |room: u64, weight: u64| {
            let millis = u128::from(room) * u128::from(length) / u128::from(weight.max(1));
            saturated(millis).min(length)
        };
        if count + cost <= limit {
            let at = end - before(limit - count - cost, former);
            return self.until(at);
        }
        let room = limit.saturating_sub(cost);
        self.until(end + length - before(room, count))
    }

    /// What the window before still counts for.
    fn weighed(&self, former: u64, end: u64, per: Duration) -> u64 {
        let rest = u128::from(end.saturating_sub(self.now / 1000));
        saturated((u128::from(former) * rest).div_ceil(per.as_millis().max(1)))
    }

    /// From now to a point in milliseconds.
    fn until(&self, end: u64) -> Duration {
        Duration::from_micros(end.saturating_mul(1000).saturating_sub(self.now))
    }
}

fn saturated(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Most numbers fit a word, which processors divide several times faster.
fn quotient(number: u128, by: u128) -> u128 {
    match (u64::try_from(number), u64::try_from(by)) {
        (Ok(number), Ok(by)) => u128::from(number / by),
        _ => number / by,
    }
}

fn quotient_up(number: u128, by: u128) -> u128 {
    quotient(number + (by - 1), by)
}
