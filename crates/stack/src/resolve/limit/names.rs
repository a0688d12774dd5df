//! The names that clients tell the limits of an API apart by.

use std::collections::BTreeMap;

use model::{Rule, Selector};

use crate::manifest::{self, PolicyName};
use crate::problem::{Code, Problem};
use crate::shape::Spanned;
use crate::source::Span;

/// The names of an API's limits.
#[derive(Debug, Default)]
pub(in crate::resolve) struct Policies {
    taken: BTreeMap<String, Span>,
    /// The number to try next for a name that was derived before.
    numbers: BTreeMap<String, usize>,
}

impl Policies {
    /// Given names come first, so that derived ones give way to them.
    pub(in crate::resolve) fn reserve(&mut self, api: &manifest::Api, problems: &mut Vec<Problem>) {
        self.reserve_all(api.throttle.as_ref(), api.limits.as_ref(), problems);
        for limit in api.what_if.iter().flat_map(|all| &all.0) {
            self.reserve_one(limit.name.as_ref(), problems);
        }
        for (_, route) in api.routes.readable() {
            self.reserve_all(route.throttle.as_ref(), route.limits.as_ref(), problems);
        }
    }

    fn reserve_all(
        &mut self,
        throttles: Option<&manifest::Throttles>,
        limits: Option<&manifest::Limits>,
        problems: &mut Vec<Problem>,
    ) {
        for throttle in throttles.iter().flat_map(|all| &all.0) {
            self.reserve_one(throttle.name.as_ref(), problems);
        }
        for limit in limits.iter().flat_map(|all| &all.0) {
            self.reserve_one(limit.name.as_ref(), problems);
        }
    }

    fn reserve_one(&mut self, name: Option<&Spanned<PolicyName>>, problems: &mut Vec<Problem>) {
        let Some(Spanned { value, span }) = name else {
            return;
        };
        match self.taken.get(&value.0) {
            None => {
                self.taken.insert(value.0.clone(), *span);
            }
            Some(first) => {
                let message = format!("two limits of this API are called `{}`", value.0);
                let problem = Problem::new(Code::Policy, message)
                    .at(*span, "again here")
                    .related(*first, "first here")
                    .help("clients tell the limits apart by these names");
                problems.push(problem);
            }
        }
    }

    /// The given name, or one that says what is counted.
    pub(super) fn name(
        &mut self,
        given: Option<&Spanned<PolicyName>>,
        prefix: &str,
        by: &[Selector],
        rule: &Rule,
    ) -> String {
        match given {
            Some(name) => name.value.0.clone(),
            None => self.derive(prefix, by, rule),
        }
    }

    /// `ip`, `header-x-team-quota`, `post-results-ip`; numbered when that is taken.
    fn derive(&mut self, prefix: &str, by: &[Selector], rule: &Rule) -> String {
        let mut parts = vec![slug(prefix)];
        parts.extend(by.iter().map(|key| slug(&key.to_string())));
        parts.push(match rule {
            Rule::Rate { .. } => String::new(),
            Rule::Quota { .. } => "quota".to_owned(),
            Rule::FixedWindow { .. } | Rule::SlidingWindow { .. } => "window".to_owned(),
            Rule::Concurrency { .. } => "concurrency".to_owned(),
        });
        parts.retain(|part| !part.is_empty());
        let name = parts.join("-");
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
