//! Limits and their callers as JSON.

use gateway::LimitReport;
use limits::Entry;
use limits::leased::overshoot_bound_in;
use model::{Action, FailurePolicy, Limit, Rule};
use serde_json::{Value, json};

use super::declared::Declared;
use super::force::Force;
use super::query::{View, is_limit};
use crate::platform::Platform;

/// Whether servers share their limits, and may then lease permits ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::admin) enum Sharing {
    Alone,
    Shared,
}

impl Sharing {
    pub(in crate::admin) fn of(platform: &Platform) -> Self {
        if platform.core.limit_store.shared().is_some() { Self::Shared } else { Self::Alone }
    }

    /// Permits by which all servers together may exceed the limit over any span of time.
    pub(in crate::admin) fn overshoot_bound(self, limit: &Limit) -> u32 {
        match self {
            Self::Alone => 0,
            Self::Shared => overshoot_bound_in(limit.mode, &limit.rule),
        }
    }
}

/// Every limit that a view shows, with what it did.
pub(super) fn limits(
    declared: &[Declared],
    reports: &[LimitReport],
    view: &View,
    shared: Sharing,
) -> Vec<Value> {
    let is_shown = |one: &&Declared| view.shows_limit(&one.scope, &one.limit.policy);
    let shown = declared.iter().filter(is_shown).map(|Declared { scope, route, limit }| {
        let is_of = |report: &&LimitReport| report.policy == limit.policy && report.api == *scope;
        one(scope, route.as_deref(), limit, reports.iter().find(is_of), shared)
    });
    shown.collect()
}

pub(super) fn one(
    api: &str,
    route: Option<&str>,
    limit: &Limit,
    report: Option<&LimitReport>,
    shared: Sharing,
) -> Value {
    let by: Vec<String> = limit.by.iter().map(ToString::to_string).collect();
    let count = |of: fn(&LimitReport) -> u64| report.map_or(0, of);
    let top = report.into_iter().flat_map(|report| &report.top).map(|key| {
        json!({
            "key": key.name,
            "denied": key.denied,
            "at_most_over": key.at_most_over,
            "last": key.last.0,
        })
    });
    json!({
        "api": api,
        "route": route,
        "name": limit.policy,
        "kind": kind(&limit.rule),
        "rule": limit.rule.to_string(),
        "by": by,
        "action": action(limit.action),
        "on_store_failure": failure(limit, shared),
        "overshoot_bound": shared.overshoot_bound(limit),
        "allowed": count(|report| report.allowed),
        "near": count(|report| report.near),
        "denied": count(|report| report.denied),
        "would_allow": count(|report| report.would_allow),
        "would_deny": count(|report| report.would_deny),
        "last_denied": report.and_then(|report| report.last_denied).map(|at| at.0),
        "top": top.collect::<Vec<_>>(),
    })
}

/// What decides while the store that servers share does not answer; nothing where there is none.
fn failure(limit: &Limit, sharing: Sharing) -> Option<&'static str> {
    let decides = sharing == Sharing::Shared && matches!(limit.action, Action::Enforce { .. });
    decides.then_some(match limit.on_store_failure {
        FailurePolicy::Share => "share",
        FailurePolicy::Open => "open",
        FailurePolicy::Closed => "closed",
        FailurePolicy::Stale(_) => "stale",
    })
}

fn action(action: Action) -> String {
    match action {
        Action::Off => "off".to_owned(),
        Action::Shadow => "shadow".to_owned(),
        Action::WhatIf => "what-if".to_owned(),
        Action::Enforce { percent: 100 } => "enforce".to_owned(),
        Action::Enforce { percent } => format!("enforce {percent}%"),
    }
}

fn kind(rule: &Rule) -> &'static str {
    match rule {
        Rule::Rate { .. } => "rate",
        Rule::FixedWindow { .. } | Rule::SlidingWindow { .. } => "window",
        Rule::Quota { .. } => "quota",
        Rule::Concurrency { .. } => "concurrency",
    }
}

/// The callers that a view shows, the fullest first.
pub(super) fn keys(entries: &[Entry], force: &Force, view: &View) -> Vec<Value> {
    let is_shown = |entry: &&Entry| {
        let named = view.name.as_deref().is_none_or(|name| {
            is_limit(name, entry.policy.scope(), entry.policy.name())
                || entry.name.text.starts_with(name)
        });
        named && (!view.is_throttled || entry.is_throttled() && force.refuses(entry))
    };
    entries.iter().filter(is_shown).take(view.top()).map(|entry| key(entry, force)).collect()
}

pub(super) fn key(entry: &Entry, force: &Force) -> Value {
    let (has_nothing, is_refused) = (entry.is_throttled(), force.refuses(entry));
    json!({
        "api": entry.policy.scope(),
        "limit": entry.policy.name(),
        "key": *entry.name.text,
        "kind": kind(entry.policy.rule()),
        "value": entry.used,
        "of": entry.limit,
        "remaining": entry.remaining,
        "ttl_ms": u64::try_from(entry.full_in.as_millis()).unwrap_or(u64::MAX),
        "paused_until": entry.paused_until.map(|until| until.0),
        "throttled": has_nothing && is_refused,
        "would_throttle": has_nothing && !is_refused,
    })
}
