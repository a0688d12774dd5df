//! Throttles, and the names that clients tell them apart by.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::throttle::{self, MOST_THROTTLES, Throttle, ThrottleKey, ThrottleProblem};

use super::Scope;
use crate::manifest;
use crate::problem::{Code, Problem};
use crate::shape::{Named, Placed, Spanned, did_you_mean};
use crate::source::Span;

impl Scope<'_> {
    /// Throttles of an API or of one route, whose name then starts with `prefix`. `known` are the
    /// path parameters there.
    pub(super) fn throttles(
        &mut self,
        written: Option<&manifest::Throttles>,
        prefix: &str,
        policies: &mut Policies,
        known: &BTreeSet<&str>,
    ) -> Vec<Throttle> {
        let mut throttles = Vec::new();
        for throttle in written.iter().flat_map(|all| &all.0) {
            let by: Vec<_> = throttle.by.0.iter().map(|key| key.value.clone()).collect();
            self.check_keys(&throttle.by.0, known);
            let policy = match &throttle.name {
                Some(name) => name.value.0.clone(),
                None => policies.derive(prefix, &by),
            };
            let rate = throttle.rate.value.0;
            let burst = throttle.burst.as_ref().map_or(rate.permits, |burst| burst.value.as_u32());
            if let Err(problem) = throttle::check(rate, burst) {
                self.problems.push(unenforceable(&problem, throttle));
            }
            throttles.push(Throttle { policy, by, rate, burst });
        }
        throttles
    }

    fn check_keys(&mut self, by: &[Spanned<ThrottleKey>], known: &BTreeSet<&str>) {
        let mut seen = HashSet::new();
        for key in by {
            if !seen.insert(&key.value) {
                let problem = Problem::new(Code::Conflict, "this is counted by already");
                self.problems.push(problem.at(key.span, "").help("remove it"));
            }
            if let ThrottleKey::PathParameter(name) = &key.value
                && !known.contains(&**name)
            {
                let message = format!("no route here has a path parameter `{name}`");
                let problem = Problem::new(Code::Placeholder, message).at(key.span, "");
                let near = did_you_mean(name, known.iter().copied());
                let help = near.unwrap_or_else(|| "count by one that is in a route's path".into());
                self.problems.push(problem.help(help));
            }
        }
    }

    /// The API's throttles and the route's apply together.
    pub(super) fn check_throttle_count(
        &mut self,
        api: &manifest::Api,
        route: &Named<manifest::RouteKey, manifest::Route>,
        written: &manifest::Route,
    ) {
        let (Some(shared), Some(own)) = (&api.throttle, &written.throttle) else {
            return;
        };
        let (shared_count, own_count) = (shared.0.len(), own.0.len());
        // Either of them alone has been reported where it is written.
        let alone = shared_count.max(own_count) > MOST_THROTTLES;
        if alone || shared_count + own_count <= MOST_THROTTLES {
            return;
        }
        let beyond = &own.0[MOST_THROTTLES - shared_count];
        let count = shared_count + own_count;
        let message = format!(
            "{count} throttles apply to `{}`, its API's included, not at most {MOST_THROTTLES}",
            route.text
        );
        let mut problem = Problem::new(Code::TooMany, message)
            .at(beyond.record().span, "")
            .help("remove this one and those that follow it, or some of the API's");
        if let Some(span) = api.record().key("throttle") {
            problem = problem.related(span, format!("{shared_count} apply to every route"));
        }
        self.problems.push(problem);
    }
}

/// Places a throttle's problem at what has to change.
fn unenforceable(problem: &ThrottleProblem, written: &manifest::Throttle) -> Problem {
    let rate = written.rate.span;
    let burst = written.burst.as_ref().map_or(rate, |burst| burst.span);
    let (message, span, help) = match problem {
        ThrottleProblem::Rate(given) => {
            (format!("the rate `{given}` permits nothing"), rate, "permit at least 1".to_owned())
        }
        ThrottleProblem::Burst => {
            ("a burst of 0 permits nothing".to_owned(), burst, "permit at least 1".to_owned())
        }
        ThrottleProblem::Fast(given) => (
            format!("the rate `{given}` is faster than can be counted"),
            rate,
            "give at most `1000000000/s`, or leave the throttle out".to_owned(),
        ),
        ThrottleProblem::Slow { rate: given, burst: size, most } => (
            format!("at `{given}`, a burst of {size} takes over a year to be whole again"),
            burst,
            format!("give a burst of at most {most}, or a faster rate"),
        ),
    };
    Problem::new(Code::Range, message).at(span, "").help(help)
}

/// The names of an API's throttles.
#[derive(Debug, Default)]
pub(super) struct Policies {
    taken: BTreeMap<String, Span>,
    /// The number to try next for a name that was derived before.
    numbers: BTreeMap<String, usize>,
}

impl Policies {
    /// Given names come first, so that derived ones give way to them.
    pub(super) fn reserve(&mut self, api: &manifest::Api, problems: &mut Vec<Problem>) {
        let routes = api.routes.readable().filter_map(|(_, route)| route.throttle.as_ref());
        for throttle in api.throttle.iter().chain(routes).flat_map(|all| &all.0) {
            let Some(Spanned { value, span }) = &throttle.name else {
                continue;
            };
            match self.taken.get(&value.0) {
                None => {
                    self.taken.insert(value.0.clone(), *span);
                }
                Some(first) => {
                    let message = format!("two throttles of this API are called `{}`", value.0);
                    let problem = Problem::new(Code::Policy, message)
                        .at(*span, "again here")
                        .related(*first, "first here")
                        .help("clients tell the limits apart by these names");
                    problems.push(problem);
                }
            }
        }
    }

    /// `ip`, `header-x-team`, `post-results-ip`; numbered when that is taken.
    fn derive(&mut self, prefix: &str, by: &[ThrottleKey]) -> String {
        let mut name = slug(prefix);
        for key in by {
            let part = match key {
                ThrottleKey::Ip => "ip".to_owned(),
                ThrottleKey::Route => "route".to_owned(),
                ThrottleKey::Api => "api".to_owned(),
                ThrottleKey::Header(header) => format!("header-{}", slug(header)),
                ThrottleKey::PathParameter(parameter) => format!("path-{}", slug(parameter)),
            };
            if !name.is_empty() {
                name.push('-');
            }
            name.push_str(&part);
        }
        let mut unique = name.clone();
        while self.taken.contains_key(&unique) {
            let number = self.numbers.entry(name.clone()).or_insert(2);
            unique = format!("{name}-{number}");
            *number += 1;
        }
        self.taken.insert(unique.clone(), Span::default());
        unique
    }
}

/// Lower case words joined by `-`.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}
