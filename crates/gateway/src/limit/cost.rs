//! Costs that only the answer knows.

use http::{HeaderName, Response};
use limits::{Ask, Limits};
use model::Now;
use wire::Body;

use super::Cost;
use crate::call::Call;

/// The most that one answer may say it cost.
const MOST: i64 = 1_000_000_000;

/// Corrects what the request took by what its answer says, and keeps that from the client. An answer
/// that does not say it costs what was reserved.
pub(crate) fn settle(
    limits: &dyn Limits,
    call: &Call,
    response: &mut Response<Body>,
    now: impl Fn() -> Now,
) {
    let (Some(route), Some(asked)) = (call.matched(), &call.asked) else {
        return;
    };
    if !route.limits.settles {
        return;
    }
    for (limit, key) in asked.limits(route) {
        let Cost::Settled { header, reserve } = &limit.cost else {
            continue;
        };
        let Some(cost) = said(response, header) else {
            continue;
        };
        let reserved = i64::try_from(*reserve).unwrap_or(i64::MAX);
        let ask = Ask::one(&limit.policy, key).cost(*reserve);
        if cost != reserved {
            limits.settle(&ask, cost - reserved, asked.taken, now());
        }
    }
    for limit in &route.limits.enforced {
        if let Cost::Settled { header, .. } = &limit.cost {
            response.headers_mut().remove(header);
        }
    }
}

fn said(response: &Response<Body>, header: &HeaderName) -> Option<i64> {
    let cost = response.headers().get(header)?.to_str().ok()?.trim().parse::<u64>().ok()?;
    i64::try_from(cost).ok().map(|cost| cost.min(MOST))
}
