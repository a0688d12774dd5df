//! What a client is told: `RateLimit`, `RateLimit-Policy` and `Retry-After`.
//!
//! The fields are those of <https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11>,
//! structured as in RFC 9651. Seconds are rounded up: a client that obeys is never early. Values are
//! appended to a buffer that the caller reuses.

use std::fmt::Write as _;
use std::time::Duration;

use model::Rate;

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
    let start = value.len();
    for (ask, standing) in asks.iter().zip(decision.standings()) {
        separate(value, start);
        value.extend_from_slice(ask.policy.quoted().as_bytes());
        value.extend_from_slice(b";r=");
        number(u64::from(standing.remaining), value);
        value.extend_from_slice(b";t=");
        // Within `t` the client can use no more than `r`.
        number(seconds(standing.retry_in().max(standing.more_in())), value);
    }
}

/// The value of `Retry-After`; nothing when the request is allowed.
pub fn retry_after(decision: &Decision, value: &mut Vec<u8>) {
    if let Some(span) = decision.retry_after() {
        number(seconds(span), value);
    }
}

/// `"name";q=20;w=60`. Where the burst is the larger, it is what the client has, over the time it
/// takes to refill; so `r` never exceeds `q`.
pub(crate) fn policy_item(quoted: &str, rate: Rate, burst: u32) -> String {
    let (quota, window) = if burst > rate.permits {
        let refill = rate.per.as_nanos() * u128::from(burst);
        let refill = refill
            .div_ceil(u128::from(rate.permits))
            .div_ceil(1_000_000_000);
        (burst, u64::try_from(refill).unwrap_or(u64::MAX))
    } else {
        (rate.permits, seconds(rate.per))
    };
    format!("{quoted};q={quota};w={window}")
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

fn number(number: u64, value: &mut Vec<u8>) {
    value.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}
