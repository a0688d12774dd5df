//! The limits of an API and of one of its routes, compiled for the route.

use http::HeaderName;
use limits::{Policy, PolicyProblem};
use model::{Action, Api, MOST_DECLARED, Route};

use super::key::OneKey;
use super::{Cost, Dimension, Force, Level, Limit, RouteLimits};
use crate::gateway::InstallError;
use crate::metrics::Metrics;

impl RouteLimits {
    pub(crate) fn compile(
        route: &Route,
        api: &Api,
        parameters: &[Box<str>],
        metrics: &Metrics,
    ) -> Result<Self, InstallError> {
        let of_api = api.limits.iter().filter(|_| route.api_limits);
        let of_api = of_api.map(|limit| (Level::Api, limit));
        let of_route = route.limits.iter().map(|limit| (Level::Route, limit));
        let (mut enforced, mut watched) = (Vec::new(), Vec::new());
        for (level, declared) in of_api.chain(of_route) {
            let force = match declared.action {
                Action::Off => continue,
                Action::Shadow => Force::Shadow,
                Action::WhatIf => Force::WhatIf,
                Action::Enforce { percent } => Force::Enforced(percent),
            };
            let place = Place { route, api, parameters, metrics };
            let limit = place.limit(declared, level, force)?;
            match force {
                Force::Enforced(_) => enforced.push(limit),
                Force::Shadow | Force::WhatIf => watched.push(limit),
            }
        }
        if enforced.len() > MOST_DECLARED {
            return Err(InstallError::TooManyLimits {
                api: api.name.clone(),
                route: route.key(),
                count: enforced.len(),
                most: MOST_DECLARED,
            });
        }
        let settles = enforced.iter().any(|limit| matches!(limit.cost, Cost::Settled { .. }));
        let holds_slots = enforced.iter().any(|limit| limit.policy.counts_slots());
        let is_partial = |limit: &Limit| !matches!(limit.force, Force::Enforced(100..));
        let refuses_not_all = !watched.is_empty() || enforced.iter().any(is_partial);
        let limits = Self {
            enforced: enforced.into(),
            watched: watched.into(),
            policies: None,
            room: 0,
            headers: api.limit_headers,
            settles,
            holds_slots,
            refuses_not_all,
        };
        Ok(limits.with_header())
    }
}

/// Where a limit applies.
struct Place<'a> {
    route: &'a Route,
    api: &'a Api,
    parameters: &'a [Box<str>],
    metrics: &'a Metrics,
}

impl Place<'_> {
    fn limit(
        &self,
        declared: &model::Limit,
        level: Level,
        force: Force,
    ) -> Result<Limit, InstallError> {
        let Self { route, api, parameters, metrics } = self;
        let no_header = |text: &str| InstallError::Header {
            api: api.name.clone(),
            route: route.key(),
            text: text.to_owned(),
        };
        let by = declared.by.iter().map(|selector| {
            Dimension::of(selector, &route.key(), parameters).map_err(|text| no_header(&text))
        });
        let cost = match &declared.cost {
            model::Cost::Fixed(cost) => Cost::Fixed(u64::from(*cost)),
            model::Cost::Settled { response_header, reserve } => Cost::Settled {
                header: HeaderName::try_from(response_header)
                    .map_err(|_| no_header(response_header))?,
                reserve: u64::from(*reserve),
            },
        };
        let problem = |problem| InstallError::Limit { api: api.name.clone(), problem };
        let by: Box<[_]> = by.collect::<Result<_, _>>()?;
        let one_key = by.iter().all(Dimension::is_of_route).then(OneKey::default);
        Ok(Limit {
            policy: policy(api.name.as_str(), declared).map_err(problem)?,
            by,
            one_key,
            when_missing: declared.when_missing,
            cost,
            force,
            level,
            metrics: metrics.limit(api.name.as_str(), &declared.policy),
        })
    }
}

fn policy(api: &str, declared: &model::Limit) -> Result<Policy, PolicyProblem> {
    let policy = Policy::new(api, &declared.policy, declared.rule.clone())?;
    Ok(policy.with_mode(declared.mode).with_failure_policy(declared.on_store_failure))
}
