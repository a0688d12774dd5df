//! Where a caller stands, in the headers of its answer.

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};
use limits::headers::{self, whole_seconds};
use limits::{Decision, Policy, Standing};
use model::api::LimitHeaders;

use super::{RouteLimits, beside};
use crate::call::Call;
use crate::plan::RoutePlan;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Tells the client where it stands, on allowed answers too.
pub(crate) fn tell(route: &RoutePlan, call: &Call, headers: &mut HeaderMap) {
    let Some(asked) = &call.asked else {
        return;
    };
    if asked.decision.standings().is_empty() {
        return;
    }
    let kind = route.limits.headers;
    if matches!(kind, LimitHeaders::Draft | LimitHeaders::Both) {
        draft(route, call, headers);
    }
    if matches!(kind, LimitHeaders::Legacy | LimitHeaders::Both) {
        let standings = asked.standings(route, &call.added);
        legacy(standings.map(|(policy, _, standing)| (policy, standing)), headers);
    }
}

fn draft(route: &RoutePlan, call: &Call, headers: &mut HeaderMap) {
    let Some(asked) = &call.asked else {
        return;
    };
    let limits = &route.limits;
    let (policies, standings) = if asked.len() == limits.enforced.len() && call.added.is_empty() {
        let policies = limits.enforced.iter().map(|limit| &limit.policy);
        (limits.policies.clone(), standings(policies, limits.room, &asked.decision))
    } else {
        let policies = || asked.standings(route, &call.added).map(|(policy, ..)| policy);
        let room = headers::room(policies());
        (policy_header(policies()), standings(policies(), room, &asked.decision))
    };
    let fields = [(RATE_LIMIT_POLICY, policies), (RATE_LIMIT, standings)];
    for (name, value) in fields {
        if let Some(value) = value {
            beside::add(headers, name, value);
        }
    }
}

/// The value of `RateLimit`, for which there must be `room`.
#[inline]
fn standings<'a>(
    policies: impl Iterator<Item = &'a Policy>,
    room: usize,
    decision: &Decision,
) -> Option<HeaderValue> {
    let (mut usual, mut long) = ([0; USUAL], Vec::new());
    let value = if room <= USUAL {
        &mut usual[..]
    } else {
        long.resize(room, 0);
        &mut long[..]
    };
    HeaderValue::from_bytes(headers::standings_under(policies, decision, value)).ok()
}

/// Bytes of `RateLimit` that need no memory of their own until they are whole.
const USUAL: usize = 512;

/// These have room for one limit: the one with the smallest share left.
fn legacy<'a>(
    standings: impl Iterator<Item = (&'a Policy, &'a Standing)>,
    headers: &mut HeaderMap,
) {
    // Shares are compared without dividing: a/b < c/d as a*d < c*b.
    let share = |(policy, standing): &(&Policy, &Standing)| {
        (u128::from(standing.remaining), u128::from(policy.limit().max(1)))
    };
    let least = standings.min_by(|a, b| {
        let ((left, of), (other_left, other_of)) = (share(a), share(b));
        (left * other_of).cmp(&(other_left * of)).then(b.1.retry_in().cmp(&a.1.retry_in()))
    });
    let Some((policy, standing)) = least else {
        return;
    };
    let wait = standing.retry_in().max(standing.more_in());
    let reset = whole_seconds(wait);
    headers.insert(LIMIT, HeaderValue::from(policy.limit()));
    headers.insert(REMAINING, HeaderValue::from(standing.remaining));
    headers.insert(RESET, HeaderValue::from(reset));
}

fn policy_header<'a>(policies: impl Iterator<Item = &'a Policy>) -> Option<HeaderValue> {
    let mut value = Vec::new();
    headers::policies(policies, &mut value);
    if value.is_empty() { None } else { HeaderValue::from_maybe_shared(Bytes::from(value)).ok() }
}

impl RouteLimits {
    /// `RateLimit-Policy` of a request that meets them all, written once.
    pub(super) fn with_header(mut self) -> Self {
        let policies = || self.enforced.iter().map(|limit| &limit.policy);
        (self.policies, self.room) = (policy_header(policies()), headers::room(policies()));
        self
    }
}
