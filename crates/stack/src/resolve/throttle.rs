//! Throttles, and the names that clients tell them apart by.

use std::collections::BTreeMap;

use model::{Throttle, ThrottleKey};

use super::Scope;
use crate::manifest;
use crate::problem::{Code, Problem};
use crate::shape::{OneOrMany, Spanned};
use crate::source::Span;

impl Scope<'_> {
    /// Throttles of an API or of one route, whose name then starts with `prefix`.
    pub(super) fn throttles(
        &mut self,
        written: Option<&OneOrMany<manifest::Throttle>>,
        prefix: &str,
        policies: &mut Policies,
        known: impl Fn(&str) -> bool,
    ) -> Vec<Throttle> {
        let mut throttles = Vec::new();
        for throttle in written.iter().flat_map(|all| &all.0) {
            let by: Vec<_> = throttle.by.0.iter().map(|key| key.value.clone()).collect();
            self.check_keys(&throttle.by.0, &known);
            let policy = match &throttle.name {
                Some(name) => name.value.0.clone(),
                None => policies.derive(prefix, &by),
            };
            let rate = throttle.rate.0;
            let burst = throttle.burst.map_or(rate.permits, |burst| burst.as_u32());
            throttles.push(Throttle { policy, by, rate, burst });
        }
        throttles
    }

    fn check_keys(&mut self, by: &[Spanned<ThrottleKey>], known: impl Fn(&str) -> bool) {
        for (index, key) in by.iter().enumerate() {
            if by[..index].iter().any(|other| other.value == key.value) {
                let problem = Problem::new(Code::Conflict, "this key is listed twice");
                self.problems.push(problem.at(key.span, "").help("remove it"));
            }
            if let ThrottleKey::PathParameter(name) = &key.value
                && !known(name)
            {
                let message = format!("no route here has a path parameter `{name}`");
                self.problems.push(Problem::new(Code::Placeholder, message).at(key.span, ""));
            }
        }
    }
}

/// The names of an API's throttles.
#[derive(Debug, Default)]
pub(super) struct Policies {
    taken: BTreeMap<String, Span>,
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
        let mut number = 2;
        while self.taken.contains_key(&unique) {
            unique = format!("{name}-{number}");
            number += 1;
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
