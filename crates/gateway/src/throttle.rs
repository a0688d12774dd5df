//! Asks the limit engine whether a request may pass: all limits it meets, at once.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::{HeaderName, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use limits::{Ask, Decision, Key, Limits, MOST_ASKS, Policy};
use model::{Now, Rule, Throttle, ThrottleKey};
use percent_encoding::percent_decode_str;

use crate::call::Call;
use crate::metrics::ThrottleMetrics;
use crate::plan::RoutePlan;
use crate::refusal::Refusal;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// One limit that the requests of a route meet.
pub(crate) struct Limit {
    pub(crate) policy: Policy,
    pub(crate) by: Box<[Dimension]>,
    pub(crate) metrics: Arc<ThrottleMetrics>,
}

/// What tells one caller from another, resolved for one route.
pub(crate) enum Dimension {
    Client,
    Header(HeaderName),
    Route(Box<str>),
    /// The position of the parameter; `None` where the route has no such parameter.
    PathParameter(Option<usize>),
    Api,
}

impl Dimension {
    /// An error is the text that names no header.
    pub(crate) fn of(
        key: &ThrottleKey,
        route: &str,
        parameters: &[Box<str>],
    ) -> Result<Self, String> {
        Ok(match key {
            ThrottleKey::Ip => Self::Client,
            ThrottleKey::Header(name) => {
                let parsed = HeaderName::from_bytes(name.as_bytes());
                Self::Header(parsed.map_err(|_| name.clone())?)
            }
            ThrottleKey::Route => Self::Route(route.into()),
            ThrottleKey::PathParameter(name) => {
                Self::PathParameter(parameters.iter().position(|known| **known == **name))
            }
            ThrottleKey::Api => Self::Api,
        })
    }
}

impl Limit {
    pub(crate) fn policy(api: &str, throttle: &Throttle) -> Result<Policy, limits::PolicyProblem> {
        let rule = Rule::Rate { rate: throttle.rate, burst: throttle.burst };
        Policy::new(api, &throttle.policy, rule)
    }

    fn key(&self, limits: &dyn Limits, call: &Call) -> Key {
        let mut key = limits.seed().key(&self.policy);
        for dimension in &self.by {
            key = match dimension {
                Dimension::Client => key.client(call.client()),
                Dimension::Header(name) => match call.header(name) {
                    Some(value) => key.text(value.as_bytes()),
                    None => key.absent(),
                },
                Dimension::Route(route) => key.text(route.as_bytes()),
                // Decoded, since `a` and `%61` are one caller.
                Dimension::PathParameter(Some(at)) => {
                    key.text(&Cow::from(percent_decode_str(call.capture(*at))))
                }
                Dimension::PathParameter(None) => key.absent(),
                Dimension::Api => key,
            };
        }
        key.finish()
    }
}

/// Admits the request or says when to come back; either way the call knows where it stands.
pub(crate) async fn admit(
    limits: &dyn Limits,
    route: &RoutePlan,
    call: &mut Call,
    now: Now,
    worker: usize,
) -> Result<(), Refusal> {
    let Some(first) = route.limits.first() else {
        return Ok(());
    };
    let decision = {
        let unused = Ask::one(&first.policy, Key::from_hash(0));
        let mut asks = [unused; MOST_ASKS];
        for (ask, limit) in asks.iter_mut().zip(&route.limits) {
            *ask = Ask::one(&limit.policy, limit.key(limits, call));
        }
        limits.decide(&asks[..route.limits.len()], now)
    };
    let decision = decision.await;
    call.decision = Some(decision);
    let Some(denied_by) = decision.denied_by() else {
        return Ok(());
    };
    route.limits[denied_by].metrics.denied(worker);
    Err(Refusal::Throttled { retry_after: decision.retry_after().unwrap_or_default() })
}

/// Tells the client where it stands, on allowed answers too.
pub(crate) fn tell(route: &RoutePlan, decision: &Decision, headers: &mut HeaderMap) {
    let Some(policies) = &route.limit_header else {
        return;
    };
    headers.insert(RATE_LIMIT_POLICY, policies.clone());
    let policies = route.limits.iter().map(|limit| &limit.policy);
    let mut value = Vec::with_capacity(64);
    limits::headers::standings_under(policies, decision, &mut value);
    if let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(value)) {
        headers.insert(RATE_LIMIT, value);
    }
    let mut wait = Vec::new();
    limits::headers::retry_after(decision, &mut wait);
    if let (false, Ok(wait)) = (wait.is_empty(), HeaderValue::from_bytes(&wait)) {
        headers.insert(RETRY_AFTER, wait);
    }
}

/// The value of `RateLimit-Policy`, the same for every request of a route.
pub(crate) fn policy_header(limits: &[Limit]) -> Option<HeaderValue> {
    if limits.is_empty() {
        return None;
    }
    let mut value = Vec::new();
    limits::headers::policies(limits.iter().map(|limit| &limit.policy), &mut value);
    HeaderValue::from_bytes(&value).ok()
}
