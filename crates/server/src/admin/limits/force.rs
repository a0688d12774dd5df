//! Which limits refuse whom: shadows and candidates nobody, and one that is rolled out a share of its
//! callers.

use std::collections::HashMap;

use limits::Entry;
use model::{Action, ApiName, Limit, Stack};

use crate::platform::Platform;

/// What each limit of the running stack does, by API and name, and each that is tried out.
pub(super) struct Force(HashMap<(String, String), Action>);

impl Force {
    pub(super) fn of(platform: &Platform) -> Self {
        Self::with(&platform.stack.load(), &platform.core.gateway.tried_out())
    }

    fn with(stack: &Stack, tried_out: &[(ApiName, Limit)]) -> Self {
        let of_apis = stack.apis.iter().flat_map(|api| {
            let of_routes = api.routes.iter().flat_map(|route| &route.limits);
            api.limits.iter().chain(of_routes).map(move |limit| (&api.name, limit))
        });
        let tried_out = tried_out.iter().map(|(api, limit)| (api, limit));
        let all = of_apis.chain(tried_out);
        let action = |(api, limit): (&ApiName, &Limit)| {
            ((api.as_str().to_owned(), limit.policy.clone()), limit.action)
        };
        Self(all.map(action).collect())
    }

    /// Whether this caller is refused once it has nothing left.
    pub(super) fn refuses(&self, entry: &Entry) -> bool {
        let name = (entry.policy.scope().to_owned(), entry.policy.name().to_owned());
        match self.0.get(&name) {
            Some(Action::Off | Action::Shadow | Action::WhatIf) => false,
            Some(Action::Enforce { percent }) => {
                entry.name.hundredth.is_none_or(|hundredth| hundredth < *percent)
            }
            // A usage plan's.
            None => true,
        }
    }
}
