//! Limits of APIs and routes: API Gateway has a rate with a burst for each route, which all callers share.

use std::collections::BTreeSet;

use model::limit::{FailurePolicy, Mode};
use model::{Action, Api, Cost, Limit, Priority, Rate, Rule, Selector};

use crate::export::Export;
use crate::export::block::Block;

/// What API Gateway counts of an API.
#[derive(Default)]
pub(super) struct Throttles {
    /// Each route that has no throttle of its own, by itself.
    pub(super) all: Option<Block>,
    /// Single routes, instead.
    pub(super) single: Vec<(String, Block)>,
}

/// Where a limit stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Api,
    Route,
}

impl Export<'_> {
    /// `keys` are those of the routes that the template has.
    pub(super) fn throttles(&mut self, api: &Api, keys: &BTreeSet<String>) -> Throttles {
        let name = api.name.as_str();
        let of_all = self.throttle(&api.limits, Level::Api, &["apis", name]);
        let mut single = Vec::new();
        for route in api.routes.iter().filter(|route| keys.contains(&route.key())) {
            let key = route.key();
            let path = ["apis", name, "routes", &key];
            let own = self.throttle(&route.limits, Level::Route, &path);
            match (of_all, own) {
                (Some(_), None) if !route.api_limits => {
                    let message = "what API Gateway counts for a stage it counts on all routes that have no throttle";
                    self.gap(message, &["apis", name, "routes", &key, "api_limits"]);
                }
                (Some(all), Some(own)) if route.api_limits && !own.is_within(all) => {
                    let message = format!(
                        "API Gateway counts `{key}` by its own throttle only: say `api_limits: false`"
                    );
                    let whole = [&path[..], &[self.key_of_limits(&path)]].concat();
                    self.gap(message, &whole);
                }
                _ => {}
            }
            single.extend(own.map(|own| (key, own.block())));
        }
        Throttles { all: of_all.map(|it| it.block()), single }
    }

    /// The rate that all callers share, if there is one. The others are told of.
    fn throttle(&mut self, limits: &[Limit], level: Level, path: &[&str]) -> Option<Throttle> {
        let mut throttle = None;
        for limit in limits {
            let shared = shared(limit, level);
            if shared.is_some() && throttle.is_none() {
                throttle = shared;
                continue;
            }
            let is_of_all = level == Level::Api && limit.by == [Selector::Api];
            let message = if is_of_all && matches!(limit.rule, Rule::Rate { .. }) {
                format!(
                    "API Gateway counts `{}` for each route by itself: `by: route`, not `by: api`",
                    limit.rule
                )
            } else {
                let by: Vec<String> = limit.by.iter().map(ToString::to_string).collect();
                format!("API Gateway does not count `{}` by {}", limit.rule, by.join(" and "))
            };
            let whole = [path, &[self.key_of_limits(path)]].concat();
            self.gap(message, &whole);
        }
        throttle
    }

    fn key_of_limits(&self, path: &[&str]) -> &'static str {
        let mut node = Some(self.tree);
        for key in path {
            node = node.and_then(|node| node.get(key));
        }
        let has = |key: &str| node.is_some_and(|node| node.get(key).is_some());
        if has("throttle") { "throttle" } else { "limits" }
    }

    pub(super) fn no_priority(&mut self, priority: Priority, path: &[&str]) {
        if priority != Priority::default() {
            let whole: Vec<&str> = path.iter().copied().chain(["priority"]).collect();
            self.gap("routes of API Gateway have no `priority`", &whole);
        }
    }
}

/// A rate and a burst as stages have them.
#[derive(Clone, Copy)]
struct Throttle {
    rate: Rate,
    burst: u32,
}

impl Throttle {
    /// Whether whatever passes it passes the other one, too.
    fn is_within(self, other: Self) -> bool {
        let per = |of: Self, by: Self| u128::from(of.rate.permits) * by.rate.per.as_nanos();
        per(self, other) <= per(other, self) && self.burst <= other.burst
    }

    fn block(self) -> Block {
        let mut block = Block::new();
        block.plain("ThrottlingRateLimit", per_second(self.rate).unwrap_or_default());
        block.plain("ThrottlingBurstLimit", self.burst);
        block
    }
}

fn shared(limit: &Limit, level: Level) -> Option<Throttle> {
    let Limit { policy: _, by, when_missing: _, rule, cost, action, mode, on_store_failure } =
        limit;
    // On one route, all of the API's is all of the route's.
    let is_by_route = *by == [Selector::Route] || (level == Level::Route && *by == [Selector::Api]);
    let is_plain = is_by_route
        && *cost == Cost::default()
        && *action == Action::ENFORCE
        && *mode == Mode::default()
        && *on_store_failure == FailurePolicy::default();
    let Rule::Rate { rate, burst } = *rule else { return None };
    (is_plain && per_second(rate).is_some()).then_some(Throttle { rate, burst })
}

/// `600/min` is 10 a second. `None` for what has no end behind the point.
pub(in crate::export) fn per_second(rate: Rate) -> Option<String> {
    let seconds = rate.per.as_secs_f64();
    let second = f64::from(rate.permits) / seconds;
    let text = format!("{second:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let read: f64 = text.parse().ok()?;
    let is_exact = (read * seconds - f64::from(rate.permits)).abs() < 1e-9;
    is_exact.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn rates_are_told_a_second() {
        for (permits, per, expected) in [
            (600, 60, Some("10")),
            (30, 60, Some("0.5")),
            (100, 60, None),
            (5, 1, Some("5")),
            (9, 3600, Some("0.0025")),
        ] {
            let rate = Rate { permits, per: Duration::from_secs(per) };
            assert_eq!(per_second(rate).as_deref(), expected, "{rate}");
        }
    }
}
