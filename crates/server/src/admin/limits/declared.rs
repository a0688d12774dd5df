//! Every limit that requests meet, as it is declared.

use limits::Policy;
use model::{Action, Cost, Limit, Selector, WhenMissing};

use crate::platform::Platform;

/// A limit and where it is declared.
pub(in crate::admin) struct Declared {
    /// An API, or a usage plan as `usage plan basic`.
    pub(in crate::admin) scope: String,
    pub(super) route: Option<String>,
    pub(in crate::admin) limit: Limit,
}

/// In the order of the manifest: each API's, followed by those that are tried out on it, then those of usage
/// plans.
pub(super) fn all(platform: &Platform) -> Vec<Declared> {
    let tried_out = platform.core.gateway.tried_out();
    let mut all = Vec::new();
    for api in &platform.stack.load().apis {
        let of_api = api.limits.iter().map(|limit| (None, limit));
        let of_routes = api
            .routes
            .iter()
            .flat_map(|route| route.limits.iter().map(move |limit| (Some(route.key()), limit)));
        let tried_out = tried_out.iter().filter(|(of, _)| *of == api.name);
        let tried_out = tried_out.map(|(_, limit)| (None, limit));
        all.extend(of_api.chain(of_routes).chain(tried_out).map(|(route, limit)| Declared {
            scope: api.name.as_str().to_owned(),
            route,
            limit: limit.clone(),
        }));
    }
    all.extend(of_plans(platform));
    all
}

/// As an API would declare them: a plan counts each key for itself and always refuses.
pub(in crate::admin) fn of_plans(platform: &Platform) -> impl Iterator<Item = Declared> {
    let all = platform.core.gateway.limits_of_plans().into_iter();
    all.map(|(policy, route)| Declared {
        scope: policy.scope().to_owned(),
        route,
        limit: of_plan(&policy),
    })
}

fn of_plan(policy: &Policy) -> Limit {
    Limit {
        policy: policy.name().to_owned(),
        by: vec![Selector::ApiKey],
        when_missing: WhenMissing::default(),
        rule: policy.rule().clone(),
        cost: Cost::default(),
        action: Action::ENFORCE,
        mode: policy.mode(),
        on_store_failure: policy.on_failure(),
    }
}
