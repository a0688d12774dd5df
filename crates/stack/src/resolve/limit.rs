//! Limits of APIs and routes: throttles, limits of every kind, and candidates.

mod count;
mod names;
pub(super) mod problem;
mod rule;
mod selector;

use std::collections::BTreeSet;
use std::time::Duration;

use model::limit::{FailurePolicy, Mode};
use model::{Action, Cost, Limit, Rule};

pub(super) use self::names::Policies;
use super::Scope;
use super::usage_plan::asks_for_key;
use crate::manifest::{self, Act, FailureName, ModeName};
use crate::problem::{Code, Problem};
use crate::shape::Placed;

/// How long a lease lasts that does not say it.
const LEASE: Duration = Duration::from_millis(50);
/// How long what was known of a store holds.
const STALE: Duration = Duration::from_mins(1);

/// Where limits stand: at an API or at one of its routes.
pub(super) struct Place<'a> {
    /// What the names of limits start with that are not given one.
    pub(super) prefix: &'a str,
    /// Path parameters that a route here has.
    pub(super) known: BTreeSet<&'a str>,
    /// Those that every route here has.
    pub(super) certain: BTreeSet<&'a str>,
    /// Whether some request here comes with an API key.
    pub(super) has_keys: bool,
}

impl<'a> Place<'a> {
    pub(super) fn api(api: &'a manifest::Api) -> Self {
        let routes = &api.routes;
        let each = || routes.entries.iter().map(|route| route.key.parameters());
        let known = each().flatten().collect::<BTreeSet<_>>();
        let every = |name: &&&str| each().all(|mut of_route| of_route.any(|one| one == **name));
        let certain = known.iter().filter(every).copied().collect();
        // A route that cannot be read may ask for one.
        let asks = |route: &Option<manifest::Route>| {
            route.as_ref().is_none_or(|route| asks_for_key(api, route))
        };
        let has_keys = routes.entries.iter().any(|route| asks(&route.value));
        Self { prefix: "", known, certain, has_keys }
    }

    pub(super) fn route(
        api: &manifest::Api,
        text: &'a str,
        key: &'a manifest::RouteKey,
        route: &manifest::Route,
    ) -> Self {
        let known: BTreeSet<_> = key.parameters().collect();
        let has_keys = asks_for_key(api, route);
        Self { prefix: text, certain: known.clone(), known, has_keys }
    }
}

/// Whether a limit may refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Force {
    Limit,
    Candidate,
}

impl Scope<'_> {
    pub(super) fn throttles(
        &mut self,
        written: Option<&manifest::Throttles>,
        place: &Place<'_>,
        policies: &mut Policies,
    ) -> Vec<Limit> {
        let mut limits = Vec::new();
        for throttle in written.iter().flat_map(|all| &all.0) {
            let rate = throttle.rate.value.0;
            let burst = throttle.burst.as_ref();
            let rule = Rule::Rate {
                rate,
                burst: burst.map_or(rate.permits, |burst| burst.value.as_u32()),
            };
            if let Err(problem) = rule.check() {
                let span = throttle.rate.span;
                let burst = burst.map_or(span, |burst| burst.span);
                self.problems.push(problem::unenforceable(&problem, span, burst));
            }
            let by = self.selectors(&throttle.by, place);
            limits.push(Limit {
                policy: policies.name(throttle.name.as_ref(), place.prefix, &by, &rule),
                when_missing: self.when_missing(
                    &throttle.by,
                    throttle.when_missing.as_ref(),
                    place,
                ),
                by,
                rule,
                cost: Cost::default(),
                action: Action::ENFORCE,
                mode: Mode::default(),
                on_store_failure: FailurePolicy::default(),
            });
        }
        limits
    }

    pub(super) fn limits(
        &mut self,
        written: Option<&manifest::Limits>,
        place: &Place<'_>,
        policies: &mut Policies,
    ) -> Vec<Limit> {
        let written = written.iter().flat_map(|all| &all.0);
        written.filter_map(|limit| self.limit(limit, Force::Limit, place, policies)).collect()
    }

    pub(super) fn candidates(
        &mut self,
        written: Option<&manifest::Candidates>,
        place: &Place<'_>,
        policies: &mut Policies,
    ) -> Vec<Limit> {
        let written = written.iter().flat_map(|all| &all.0);
        written.filter_map(|limit| self.limit(limit, Force::Candidate, place, policies)).collect()
    }

    fn limit(
        &mut self,
        written: &manifest::Limit,
        force: Force,
        place: &Place<'_>,
        policies: &mut Policies,
    ) -> Option<Limit> {
        let by = self.selectors(&written.by, place);
        let when_missing = self.when_missing(&written.by, written.when_missing.as_ref(), place);
        let action = self.action(written, force);
        let mode = self.mode(written);
        let on_store_failure = self.on_store_failure(written);
        self.check_store(written, force);
        let rule = self.rule(written)?;
        self.check_lease(written, &rule);
        let cost = self.cost(written, &rule);
        let policy = policies.name(written.name.as_ref(), place.prefix, &by, &rule);
        Some(Limit { policy, by, when_missing, rule, cost, action, mode, on_store_failure })
    }

    fn action(&mut self, written: &manifest::Limit, force: Force) -> Action {
        if force == Force::Candidate {
            for key in ["action", "enforce"] {
                self.refuse_key(written, key, "a limit that is tried out refuses nothing");
            }
            return Action::WhatIf;
        }
        let percent = written.enforce.as_ref().map_or(100, |percent| percent.value.0);
        match written.action.value {
            Act::Enforce => Action::Enforce { percent },
            act => {
                let help = "it goes with `action: enforce`";
                self.refuse_key(written, "enforce", help);
                if act == Act::Off { Action::Off } else { Action::Shadow }
            }
        }
    }

    fn mode(&mut self, written: &manifest::Limit) -> Mode {
        let mode = written.mode.as_ref().map(|mode| mode.value);
        if mode != Some(ModeName::Leased) {
            self.refuse_key(written, "lease", "it goes with `mode: leased`");
        }
        match mode {
            None | Some(ModeName::Auto) => Mode::Auto,
            Some(ModeName::Exact) => Mode::Exact,
            Some(ModeName::Leased) => {
                Mode::Leased { ttl: written.lease.as_ref().map_or(LEASE, |lease| lease.value.0) }
            }
        }
    }

    fn on_store_failure(&mut self, written: &manifest::Limit) -> FailurePolicy {
        let failure = written.on_store_failure.as_ref().map(|failure| failure.value);
        if failure != Some(FailureName::Stale) {
            self.refuse_key(written, "stale_for", "it goes with `on_store_failure: stale`");
        }
        match failure {
            None | Some(FailureName::Share) => FailurePolicy::Share,
            Some(FailureName::Open) => FailurePolicy::Open,
            Some(FailureName::Closed) => FailurePolicy::Closed,
            Some(FailureName::Stale) => {
                let span = written.stale_for.as_ref().map(|span| span.value.0);
                FailurePolicy::Stale(span.unwrap_or(STALE))
            }
        }
    }

    /// What says how to agree with other servers needs a store to agree through.
    fn check_store(&mut self, written: &manifest::Limit, force: Force) {
        let help = match (force, &self.manifest.limits_store) {
            (Force::Limit, Some(_)) => return,
            (Force::Limit, None) => "it goes with `limits_store` at the top of the manifest",
            (Force::Candidate, _) => "a limit that is tried out needs no agreement",
        };
        for key in ["mode", "on_store_failure"] {
            self.refuse_key(written, key, help);
        }
    }

    /// Reports a key that would silently do nothing.
    fn refuse_key(&mut self, written: &manifest::Limit, key: &str, help: &str) {
        if let Some(span) = written.record().key(key) {
            let problem = Problem::new(Code::Conflict, format!("`{key}` means nothing here"));
            self.problems.push(problem.at(span, "").help(help));
        }
    }
}
