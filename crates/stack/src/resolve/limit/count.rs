//! How many limits one request meets.

use model::{MOST_DECLARED, MOST_WATCHED};

use crate::manifest::{self, Act};
use crate::problem::{Code, Problem};
use crate::resolve::Scope;
use crate::shape::{Named, Placed};
use crate::source::Span;

/// Where limits are written that a request meets.
#[derive(Debug, Default)]
struct Written {
    enforced: Vec<Span>,
    watched: Vec<Span>,
}

impl Written {
    fn of(
        throttles: Option<&manifest::Throttles>,
        limits: Option<&manifest::Limits>,
        candidates: Option<&manifest::Candidates>,
    ) -> Self {
        let throttles = throttles.iter().flat_map(|all| &all.0).map(|one| one.record().span);
        let mut written = Self { enforced: throttles.collect(), watched: Vec::new() };
        for limit in limits.iter().flat_map(|all| &all.0) {
            match limit.action.value {
                Act::Enforce => written.enforced.push(limit.record().span),
                Act::Shadow => written.watched.push(limit.record().span),
                Act::Off => {}
            }
        }
        let candidates = candidates.iter().flat_map(|all| &all.0);
        written.watched.extend(candidates.map(|one| one.record().span));
        written
    }

    fn of_api(api: &manifest::Api) -> Self {
        Self::of(api.throttle.as_ref(), api.limits.as_ref(), api.what_if.as_ref())
    }
}

impl Scope<'_> {
    /// The limits that all routes of an API meet.
    pub(in crate::resolve) fn check_api_count(&mut self, api: &manifest::Api) {
        let all = Written::of_api(api);
        for (spans, most, what) in each(&all) {
            if let (Some(beyond), false) = (spans.get(most), is_long(api.throttle.as_ref())) {
                let count = spans.len();
                let message =
                    format!("{count} {what} apply to every route of this API, not at most {most}");
                let problem = Problem::new(Code::TooMany, message).at(*beyond, "");
                self.problems.push(problem.help("remove this one and those that follow it"));
            }
        }
    }

    /// The API's limits and the route's apply together.
    pub(in crate::resolve) fn check_route_count(
        &mut self,
        api: &manifest::Api,
        route: &Named<manifest::RouteKey, manifest::Route>,
        written: &manifest::Route,
    ) {
        let shared = Written::of_api(api);
        let own = Written::of(written.throttle.as_ref(), written.limits.as_ref(), None);
        for ((shared, most, what), (own, ..)) in each(&shared).into_iter().zip(each(&own)) {
            let count = shared.len() + own.len();
            // More than that at the API, or in one list, has been reported there.
            let reported = shared.len() > most || is_long(written.throttle.as_ref());
            if own.is_empty() || count <= most || reported {
                continue;
            }
            let message = format!(
                "{count} {what} apply to `{}`, its API's included, not at most {most}",
                route.text
            );
            let mut problem = Problem::new(Code::TooMany, message)
                .at(own[most - shared.len()], "")
                .help("remove this one and those that follow it, or some of the API's");
            if let Some(first) = shared.first() {
                problem = problem.related(*first, format!("{} apply to every route", shared.len()));
            }
            self.problems.push(problem);
        }
    }
}

fn each(written: &Written) -> [(&[Span], usize, &'static str); 2] {
    [
        (&written.enforced, MOST_DECLARED, "limits"),
        (&written.watched, MOST_WATCHED, "limits that only count"),
    ]
}

fn is_long(throttles: Option<&manifest::Throttles>) -> bool {
    throttles.is_some_and(|all| all.0.len() > MOST_DECLARED)
}
