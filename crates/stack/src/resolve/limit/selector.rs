//! What a limit counts by: whether requests have it, and what is said for those that do not.

use std::collections::HashSet;

use model::{Selector, WhenMissing};

use super::Place;
use crate::manifest::Selectors;
use crate::problem::{Code, Problem};
use crate::resolve::Scope;
use crate::shape::{Spanned, did_you_mean};

impl Scope<'_> {
    pub(super) fn selectors(&mut self, by: &Selectors, place: &Place<'_>) -> Vec<Selector> {
        let mut seen = HashSet::new();
        for Spanned { value, span } in &by.0 {
            if !seen.insert(value) {
                let problem = Problem::new(Code::Conflict, "this is counted by already");
                self.problems.push(problem.at(*span, "").help("remove it"));
            }
            match value {
                Selector::PathParameter(name) if !place.known.contains(&**name) => {
                    let message = format!("no route here has a path parameter `{name}`");
                    let problem = Problem::new(Code::Placeholder, message).at(*span, "");
                    let near = did_you_mean(name, place.known.iter().copied());
                    let help =
                        near.unwrap_or_else(|| "count by one that is in a route's path".into());
                    self.problems.push(problem.help(help));
                }
                Selector::Context(_) => {
                    let message =
                        format!("`{value}` needs an authorizer, and no route here has one");
                    let problem = Problem::new(Code::Authorizer, message).at(*span, "");
                    self.problems.push(problem.help("count by `ip`, `api-key` or `header:NAME`"));
                }
                Selector::ApiKey if !place.has_keys => {
                    let message = "no route here asks for an API key, so there is none to count by";
                    let problem = Problem::new(Code::NoKeyAsked, message).at(*span, "");
                    let help = "add `api_key_required: true` to the API or to the route, or count by `ip` or `header:NAME`";
                    self.problems.push(problem.help(help));
                }
                _ => {}
            }
        }
        by.0.iter().map(|key| key.value.clone()).collect()
    }

    /// A limit that counts by what a request can lack must say what then.
    pub(super) fn when_missing(
        &mut self,
        by: &Selectors,
        written: Option<&Spanned<WhenMissing>>,
        place: &Place<'_>,
    ) -> WhenMissing {
        let uncertain = by.0.iter().find(|key| !is_certain(&key.value, place));
        match (uncertain, written) {
            (_, Some(written)) if uncertain.is_some() => written.value,
            (None, Some(written)) => {
                let message = "`when_missing` means nothing here";
                let problem = Problem::new(Code::Conflict, message).at(written.span, "");
                self.problems.push(problem.help("every request has what this limit counts by"));
                written.value
            }
            (None, None) => WhenMissing::default(),
            // That there is none is a problem of its own.
            (Some(key), None) if key.value == Selector::ApiKey && !place.has_keys => {
                WhenMissing::default()
            }
            (Some(key), _) => {
                let message = format!("a request can lack `{}`: what then?", key.value);
                let problem = Problem::new(Code::MissingKey, message).at(key.span, "").help(
                    "add `when_missing: share` to count all that lack it as one, `refuse` to \
                     refuse them, or `skip` to let them pass this limit",
                );
                self.problems.push(problem);
                WhenMissing::default()
            }
        }
    }
}

fn is_certain(selector: &Selector, place: &Place<'_>) -> bool {
    match selector {
        // One that no route has is a problem of its own, and so is a context.
        Selector::PathParameter(name) => {
            place.certain.contains(&**name) || !place.known.contains(&**name)
        }
        Selector::Context(_) => true,
        other => other.is_certain(),
    }
}
