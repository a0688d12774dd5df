//! Costs that only the answer knows.

use std::num::IntErrorKind;

use http::{HeaderName, Response};
use limits::{Ask, Limits};
use model::Now;
use wire::Body;

use super::Cost;
use super::watch::Unsettled;
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
    if !route.limits.settles && call.watched.is_empty() {
        return;
    }
    let settle = |ask: Ask<'_>, header| {
        let reserved = i64::try_from(ask.cost).unwrap_or(i64::MAX);
        let extra = said(response, header).map_or(0, |cost| cost - reserved);
        if extra != 0 {
            limits.settle(&ask, extra, asked.taken, now());
        }
    };
    for (limit, key) in asked.limits(route) {
        if let Cost::Settled { header, reserve } = &limit.cost {
            settle(Ask::one(&limit.policy, key).cost(*reserve), header);
        }
    }
    for watched in call.watched.iter().filter(|watched| watched.is_taken()) {
        if let Some(Unsettled { policy, key, header, reserve }) = &watched.cost {
            settle(Ask::one(policy, *key).cost(*reserve), header);
        }
    }
    for limit in &route.limits.enforced {
        if let Cost::Settled { header, .. } = &limit.cost {
            response.headers_mut().remove(header);
        }
    }
}

fn said(response: &Response<Body>, header: &HeaderName) -> Option<i64> {
    let said = response.headers().get(header)?.to_str().ok()?.trim();
    match said.parse::<i64>() {
        Ok(cost) => (cost >= 0).then_some(cost.min(MOST)),
        Err(problem) => (*problem.kind() == IntErrorKind::PosOverflow).then_some(MOST),
    }
}
