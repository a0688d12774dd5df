//! What a client is told: `RateLimit`, `RateLimit-Policy`, and how spans become seconds.
//!
//! The fields are those of <https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11>,
//! structured as in RFC 9651. Seconds are rounded up: a client that obeys is never early.

use std::fmt::Write as _;
use std::time::Duration;

use model::{Period, Rate, Rule};

use crate::{Ask, Decision, Policy};

/// The value of `RateLimit-Policy`; the same for every request that meets these policies.
pub fn policies<'a>(policies: impl IntoIterator<Item = &'a Policy>, value: &mut Vec<u8>) {
    let start = value.len();
    for policy in policies {
        separate(value, start);
        value.extend_from_slice(policy.item().as_bytes());
    }
}

/// The value of `RateLimit`: where the caller stands under each policy. Must not go into redirections
/// or responses that a cache may keep.
pub fn standings(asks: &[Ask<'_>], decision: &Decision, value: &mut Vec<u8>) {
    let policies = || asks.iter().map(|ask| ask.policy);
    let mut written = vec![0; room(policies())];
    value.extend_from_slice(standings_under(policies(), decision, &mut written));
}

/// What [`standings_under`] needs for these policies.
pub fn room<'a>(policies: impl Iterator<Item = &'a Policy>) -> usize {
    let items = policies.map(|policy| policy.standing().longest());
    items.sum::<usize>() + SHORT
}

/// As [`standings`], from the policies that were asked, in their order, into `value`, which has [`room`].
#[inline]
pub fn standings_under<'a, 'v>(
    policies: impl Iterator<Item = &'a Policy>,
    decision: &Decision,
    value: &'v mut [u8],
) -> &'v [u8] {
    let mut end = 0;
    for (policy, standing) in policies.zip(decision.standings()) {
        end += policy.standing().write(&mut value[end..]);
        end += digits(standing.remaining, &mut value[end..]);
        let wait = standing.wait_nanos();
        if policy.counts_slots() && standing.retry_in().is_zero() {
            // Nobody knows when a slot comes back.
            continue;
        }
        value[end..end + TIME.len()].copy_from_slice(TIME);
        end += TIME.len();
        // Within `t` the client can use no more than `r`.
        end += digits(wait.div_ceil(1_000_000_000), &mut value[end..]);
    }
    // The first item has a separator as well.
    &value[SEPARATOR.len().min(end)..end]
}

/// A policy's item of `RateLimit` up to the number: `, "name";r=`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StandingItem {
    text: String,
    /// The same, where it is short: to copy an unknown number of bytes takes a call.
    short: Option<[u8; SHORT]>,
}

const SHORT: usize = 32;

impl StandingItem {
    pub(crate) fn new(quoted: &str) -> Self {
        let text = format!("{SEPARATOR}{quoted};r=");
        let mut padded = [0; SHORT];
        let short =
            padded.get_mut(..text.len()).map(|short| short.copy_from_slice(text.as_bytes()));
        Self { short: short.map(|()| padded), text }
    }

    /// With what comes after it.
    fn longest(&self) -> usize {
        self.text.len() + 2 * LONGEST_NUMBER + TIME.len()
    }

    /// Writes it to the beginning of `out`, which may get some more zeros, and says how long it is.
    #[inline]
    fn write(&self, out: &mut [u8]) -> usize {
        match (&self.short, out.first_chunk_mut()) {
            (Some(short), Some(place)) => *place = *short,
            _ => out[..self.text.len()].copy_from_slice(self.text.as_bytes()),
        }
        self.text.len()
    }
}

const SEPARATOR: &str = ", ";
const TIME: &[u8] = b";t=";
/// Of 64 bits.
const LONGEST_NUMBER: usize = 20;

/// Writes a number to the beginning of `out`, and says how long it is.
#[inline]
fn digits(number: u64, out: &mut [u8]) -> usize {
    if let Ok(digit @ 0..10) = u8::try_from(number) {
        out[0] = b'0' + digit;
        return 1;
    }
    let mut buffer = itoa::Buffer::new();
    let text = buffer.format(number).as_bytes();
    out[..text.len()].copy_from_slice(text);
    text.len()
}

/// Rounded up, so that whoever waits that long is admitted.
pub fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

/// `"name";q=20;w=60`.
pub(crate) fn policy_item(quoted: &str, rule: &Rule) -> String {
    const DAY: u64 = 86_400;
    let (quota, window) = match *rule {
        Rule::Rate { rate, burst } => bucket_window(rate, burst),
        Rule::FixedWindow { limit, per } | Rule::SlidingWindow { limit, per } => {
            (limit, whole_seconds(per))
        }
        // The length of a month varies; who paces itself by the longest is never early.
        Rule::Quota { limit, period, .. } => match period {
            Period::Day => (limit, DAY),
            Period::Week => (limit, 7 * DAY),
            Period::Month => (limit, 31 * DAY),
            Period::Rolling(per) => (limit, whole_seconds(per)),
        },
        Rule::Concurrency { slots } => {
            return format!(r#"{quoted};q={slots};qu="concurrent-requests""#);
        }
    };
    format!("{quoted};q={quota};w={window}")
}

/// Where the burst is the larger, it is what the client has, over the time it takes to refill; so `r`
/// never exceeds `q`.
fn bucket_window(rate: Rate, burst: u32) -> (u64, u64) {
    if burst <= rate.permits {
        return (u64::from(rate.permits), whole_seconds(rate.per));
    }
    let refill = rate.per.as_nanos() * u128::from(burst);
    let refill = refill.div_ceil(u128::from(rate.permits)).div_ceil(1_000_000_000);
    (u64::from(burst), u64::try_from(refill).unwrap_or(u64::MAX))
}

/// A structured-field string; `name` is printable ASCII.
pub(crate) fn quote(out: &mut String, name: &str) {
    out.push('"');
    for character in name.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        let _ = out.write_char(character);
    }
    out.push('"');
}

fn separate(value: &mut Vec<u8>, start: usize) {
    if value.len() > start {
        value.extend_from_slice(b", ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, Standing, Verdict};

    fn policy(name: &str, permits: u32, per: Duration, burst: u32) -> Policy {
        let rule = Rule::Rate { rate: Rate { permits, per }, burst };
        Policy::new("public", name, rule).expect("policy")
    }

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut value = Vec::new();
        write(&mut value);
        String::from_utf8(value).expect("ASCII")
    }

    fn nanos(seconds: f64) -> u64 {
        u64::try_from(Duration::from_secs_f64(seconds).as_nanos()).expect("nanoseconds")
    }

    #[test]
    fn policies_advertise_what_a_client_can_pace_itself_by() {
        const SECOND: Duration = Duration::from_secs(1);
        const MINUTE: Duration = Duration::from_mins(1);
        let cases = [
            (policy("ip", 20, MINUTE, 20), r#""ip";q=20;w=60"#),
            (policy("ip", 20, MINUTE, 5), r#""ip";q=20;w=60"#),
            (policy("ip", 10, SECOND, 50), r#""ip";q=50;w=5"#),
            (policy("ip", 10, SECOND, 51), r#""ip";q=51;w=6"#),
            (policy("ip", 1, Duration::from_hours(24), 1), r#""ip";q=1;w=86400"#),
            (policy(r#"a "b" \ c"#, 1, SECOND, 1), r#""a \"b\" \\ c";q=1;w=1"#),
        ];
        for (policy, expected) in &cases {
            assert_eq!(text(|value| policies([policy], value)), *expected);
        }
        let both = text(|value| policies([&cases[0].0, &cases[2].0], value));
        assert_eq!(both, r#""ip";q=20;w=60, "ip";q=50;w=5"#);
    }

    #[test]
    fn every_kind_says_its_window_or_its_unit() {
        let minute = Duration::from_mins(1);
        let quota = |period| Rule::Quota { limit: 9, period, zone: model::Zone::UTC };
        let cases = [
            (Rule::FixedWindow { limit: 9, per: minute }, r#""p";q=9;w=60"#),
            (Rule::SlidingWindow { limit: 9, per: Duration::from_millis(1500) }, r#""p";q=9;w=2"#),
            (quota(Period::Day), r#""p";q=9;w=86400"#),
            (quota(Period::Week), r#""p";q=9;w=604800"#),
            (quota(Period::Month), r#""p";q=9;w=2678400"#),
            (quota(Period::Rolling(minute)), r#""p";q=9;w=60"#),
            (Rule::Concurrency { slots: 9 }, r#""p";q=9;qu="concurrent-requests""#),
        ];
        for (rule, expected) in cases {
            let policy = Policy::new("public", "p", rule).expect("policy");
            assert_eq!(text(|value| policies([&policy], value)), expected);
        }
    }

    #[test]
    fn nobody_knows_when_a_slot_comes_back() {
        let slots = Rule::Concurrency { slots: 9 };
        let slots = Policy::new("public", "slots", slots).expect("policy");
        let denied = Decision::with(1, |_| Standing::denied(Verdict::Exhausted, 0, Duration::ZERO));
        let asks = [Ask::one(&slots, Key::from_hash(1))];
        assert_eq!(text(|value| standings(&asks, &denied, value)), r#""slots";r=0"#);
    }

    #[test]
    fn seconds_round_up() {
        let (ip, route) = (
            policy("ip", 1, Duration::from_mins(1), 9),
            policy("route", 1, Duration::from_secs(1), 9),
        );
        let asks = [Ask::one(&ip, Key::from_hash(1)), Ask::one(&route, Key::from_hash(2))];
        let standings_of =
            |first: Standing, second: Standing| Decision::with(2, |index| [first, second][index]);

        let allowed = standings_of(
            Standing::of(Verdict::Admitted, 9, [0, 0, 0]),
            Standing::of(Verdict::Admitted, 3, [1, nanos(5.0), 0]),
        );
        assert_eq!(
            text(|value| standings(&asks, &allowed, value)),
            r#""ip";r=9;t=0, "route";r=3;t=1"#
        );

        let denied = standings_of(
            Standing::of(Verdict::Exhausted, 0, [nanos(11.2), nanos(500.0), nanos(11.2)]),
            Standing::of(Verdict::Admitted, 2, [nanos(1.0), nanos(7.0), 0]),
        );
        assert_eq!(
            text(|value| standings(&asks, &denied, value)),
            r#""ip";r=0;t=12, "route";r=2;t=1"#
        );
        assert_eq!(denied.retry_after().map(whole_seconds), Some(12));
    }

    #[test]
    fn numbers_of_any_length_are_written() {
        for number in [0, 1, 9, 10, 99, 100, 1_234_567, u64::MAX] {
            let mut out = [0; LONGEST_NUMBER];
            let length = digits(number, &mut out);
            assert_eq!(std::str::from_utf8(&out[..length]), Ok(number.to_string().as_str()));
        }
    }

    #[test]
    fn values_are_appended() {
        let policy = policy("ip", 1, Duration::from_secs(1), 1);
        assert_eq!(
            text(|value| {
                value.extend_from_slice(b"x: ");
                policies([&policy], value);
            }),
            r#"x: "ip";q=1;w=1"#
        );
    }
}
