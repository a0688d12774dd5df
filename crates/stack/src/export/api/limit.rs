//! Limits of APIs and routes: API Gateway has a rate with a burst, which all callers share.

use model::limit::{FailurePolicy, Mode};
use model::{Action, Cost, Limit, Priority, Rate, Rule, Selector};

use crate::export::Export;
use crate::export::block::Block;

impl Export<'_> {
    /// The rate that all callers share, if there is one. The others are told of.
    pub(super) fn throttle(&mut self, limits: &[Limit], path: &[&str]) -> Option<Block> {
        let mut throttle = None;
        for limit in limits {
            match shared(limit).filter(|_| throttle.is_none()) {
                Some(block) => throttle = Some(block),
                None => {
                    let by: Vec<String> = limit.by.iter().map(ToString::to_string).collect();
                    let message = format!(
                        "API Gateway does not count `{}` by {}",
                        limit.rule,
                        by.join(" and ")
                    );
                    let key = self.key_of_limits(path);
                    let whole: Vec<&str> = path.iter().copied().chain([key]).collect();
                    self.gap(message, &whole);
                }
            }
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

fn shared(limit: &Limit) -> Option<Block> {
    let Limit { policy: _, by, when_missing: _, rule, cost, action, mode, on_store_failure } =
        limit;
    let is_plain = *by == [Selector::Api]
        && *cost == Cost::default()
        && *action == Action::ENFORCE
        && *mode == Mode::default()
        && *on_store_failure == FailurePolicy::default();
    let Rule::Rate { rate, burst } = rule else { return None };
    let second = per_second(*rate).filter(|_| is_plain)?;
    let mut block = Block::new();
    block.plain("ThrottlingRateLimit", second);
    block.plain("ThrottlingBurstLimit", burst);
    Some(block)
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
