//! The immutable routing state that a request runs against, compiled from a stack.

mod compile;
pub(crate) mod url;

use std::sync::Arc;
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{HeaderMap, StatusCode};
use limits::Policy;
use model::api::{PayloadFormat, RefusalShape};
use model::{ApiName, FunctionName, Overload, Priority, Protocol, Qualifier, TrustedProxies};

use crate::call::domain;
use crate::cors::CorsPlan;
use crate::handover::HandoverPlan;
use crate::limit::RouteLimits;
use crate::metrics::{RouteMetrics, UpstreamMetrics};
use crate::route::Routes;
use crate::sequence::SequencePlan;
use crate::template::Template;
use crate::upstream::{Fleet, UpstreamId};
use crate::usage::{Plans, RouteUsage};
use crate::validation::ValidationPlan;

pub(crate) struct Plan {
    pub(crate) apis: Vec<ApiPlan>,
    /// In the order in which APIs are tried: those with hosts before those without, named stages
    /// before `$default`.
    doors: Vec<Door>,
    urls: url::Doors,
    pub(crate) trusted: TrustedProxies,
    pub(crate) overload: Option<Overload>,
    /// For requests that no API has.
    pub(crate) unmatched: Arc<RouteMetrics>,
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) usage_plans: Plans,
}

/// One API and the stage of it that is served.
pub(crate) struct ApiPlan {
    pub(crate) name: ApiName,
    /// What events call it.
    pub(crate) id: Box<str>,
    pub(crate) protocol: Protocol,
    pub(crate) refusals: RefusalShape,
    pub(crate) stage: Box<str>,
    /// Its members of an access-log line; `None` logs nothing.
    pub(crate) log: Option<Box<[u8]>>,
    pub(crate) cors: Option<CorsPlan>,
    pub(crate) max_body: u64,
    pub(crate) binary: MediaTypes,
    /// Where callers read where they stand.
    pub(crate) limits_path: Option<Box<str>>,
    /// The usage plans that are good here.
    pub(crate) usage: RouteUsage,
    pub(crate) router: Routes,
    pub(crate) routes: Vec<RoutePlan>,
    /// For requests to this API that have no route.
    pub(crate) unmatched: Arc<RouteMetrics>,
}

pub(crate) struct RoutePlan {
    /// `GET /orders/{id}`, or `$default`.
    pub(crate) key: Box<str>,
    /// `/orders/{id}`, or `$default`.
    pub(crate) template: Box<str>,
    /// Its members of an access-log line.
    pub(crate) log: Box<[u8]>,
    /// The names of its path parameters, in the order of the pattern.
    pub(crate) parameters: Box<[Box<str>]>,
    /// What REST events call the resource: six characters that stay the same.
    pub(crate) resource_id: Box<str>,
    pub(crate) is_default: bool,
    pub(crate) target: Target,
    pub(crate) timeout: Duration,
    pub(crate) priority: Priority,
    /// Set where requests need an API key.
    pub(crate) usage: Option<RouteUsage>,
    pub(crate) limits: RouteLimits,
    /// Set where something is asked of requests before anything is called.
    pub(crate) validation: Option<ValidationPlan>,
    pub(crate) metrics: Arc<RouteMetrics>,
}

impl ApiPlan {
    /// Whether it stands for a function URL.
    pub(crate) fn is_url(&self) -> bool {
        self.routes.first().is_some_and(RoutePlan::is_url)
    }
}

impl RoutePlan {
    /// Whether it is the one route of a function URL.
    pub(crate) fn is_url(&self) -> bool {
        matches!(&self.target, Target::Function(target) if target.url.is_some())
    }
}

/// What a route calls, with everything resolved that a request does not decide.
pub(crate) enum Target {
    Function(FunctionTarget),
    Upstream(UpstreamTarget),
    Sequence(SequencePlan),
    Handover(HandoverPlan),
    Health(Box<[ProbePlan]>),
    Mock(FixedAnswer),
    Redirect { status: StatusCode, location: Template },
}

/// A function that answers requests.
pub(crate) struct FunctionTarget {
    pub(crate) function: FunctionName,
    pub(crate) qualifier: Qualifier,
    pub(crate) payload: PayloadFormat,
    /// Set where it answers under its own URL.
    pub(crate) url: Option<UrlTarget>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct UrlTarget {
    /// Whether only signed requests are answered.
    pub(crate) is_signed: bool,
    /// Whether a streamed answer is sent once it is complete.
    pub(crate) is_buffered: bool,
}

/// A server whose health is part of an answer.
pub(crate) struct ProbePlan {
    pub(crate) name: Box<str>,
    pub(crate) id: UpstreamId,
    pub(crate) path: PathAndQuery,
}

pub(crate) struct UpstreamTarget {
    pub(crate) id: UpstreamId,
    pub(crate) path: Option<Template>,
    pub(crate) preserve_host: bool,
    pub(crate) metrics: Arc<UpstreamMetrics>,
}

pub(crate) struct FixedAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: bytes::Bytes,
}

/// Which requests an API is asked about.
struct Door {
    hosts: Box<[Box<str>]>,
    /// `/prod`, or empty for `$default`.
    prefix: Box<str>,
    api: usize,
}

impl Door {
    /// How many bytes of the path name the stage, if this door is the request's.
    fn admits(&self, host: &str, path: &str) -> Option<usize> {
        let is_host =
            self.hosts.is_empty() || self.hosts.iter().any(|h| h.eq_ignore_ascii_case(host));
        if !is_host {
            return None;
        }
        let rest = path.strip_prefix(&*self.prefix)?;
        let ends_here = self.prefix.is_empty() || rest.is_empty() || rest.starts_with('/');
        ends_here.then_some(self.prefix.len())
    }
}

impl Plan {
    /// The APIs that may answer and the length of their stage's prefix, in the order to try them.
    pub(crate) fn candidates<'a>(
        &'a self,
        head: &'a http::request::Parts,
    ) -> impl Iterator<Item = (usize, usize)> + 'a {
        let host = without_port(domain(head));
        let path = head.uri.path();
        let (own, doors) = match self.urls.find(host) {
            url::Door::Stack => (None, &*self.doors),
            url::Door::Url(api) => (Some((api, 0)), &[][..]),
            url::Door::Nobody => (None, &[][..]),
        };
        let admitted =
            doors.iter().filter_map(move |door| Some((door.api, door.admits(host, path)?)));
        own.into_iter().chain(admitted)
    }

    /// The limits of all routes and usage plans; one that several routes meet comes as often.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &Policy> {
        let routes = self.apis.iter().flat_map(|api| &api.routes);
        routes.flat_map(|route| route.limits.policies()).chain(self.usage_plans.policies())
    }

    /// Whose refusals a request gets that no API admits.
    pub(crate) fn shape(&self) -> Protocol {
        self.apis.first().map_or(Protocol::Http, |api| api.protocol)
    }
}

/// `[::1]:3000` is `[::1]`.
pub(crate) fn without_port(authority: &str) -> &str {
    match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => &authority[..colon],
        _ => authority,
    }
}

/// Media types such as `image/*` that a REST API treats as bytes.
#[derive(Debug, Default)]
pub(crate) struct MediaTypes(Box<[Box<str>]>);

impl MediaTypes {
    pub(crate) fn new(types: &[String]) -> Self {
        Self(types.iter().map(|one| one.to_ascii_lowercase().into()).collect())
    }

    /// Parameters such as `charset` do not count.
    pub(crate) fn contain(&self, media_type: &str) -> bool {
        let essence = media_type.split(';').next().unwrap_or("").trim();
        self.0.iter().any(|one| match one.strip_suffix("/*") {
            Some("*") => true,
            Some(family) => {
                let (given, _) = essence.split_once('/').unwrap_or((essence, ""));
                given.eq_ignore_ascii_case(family)
            }
            None => one.eq_ignore_ascii_case(essence),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_match_exactly_or_by_family() {
        let types = MediaTypes::new(&["image/*".into(), "Application/PDF".into()]);
        assert!(types.contain("image/png"));
        assert!(types.contain("application/pdf; version=1"));
        assert!(!types.contain("imagex/png"));
        assert!(!types.contain("application/json"));
        assert!(!types.contain(""));
        assert!(MediaTypes::new(&["*/*".into()]).contain("text/plain"));
        assert!(!MediaTypes::default().contain("text/plain"));
    }

    #[test]
    fn ports_are_cut_off() {
        assert_eq!(without_port("localhost:3000"), "localhost");
        assert_eq!(without_port("[::1]:3000"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
        assert_eq!(without_port("example.com"), "example.com");
    }

    #[test]
    fn a_door_is_a_host_and_a_stage() {
        let door = |hosts: &[&str], prefix: &str| Door {
            hosts: hosts.iter().map(|host| (*host).into()).collect(),
            prefix: prefix.into(),
            api: 0,
        };
        assert_eq!(door(&[], "").admits("any", "/prod/x"), Some(0));
        assert_eq!(door(&[], "/prod").admits("any", "/prod/x"), Some(5));
        assert_eq!(door(&[], "/prod").admits("any", "/prod"), Some(5));
        assert_eq!(door(&[], "/prod").admits("any", "/production"), None);
        assert_eq!(door(&["api.example"], "").admits("API.example", "/"), Some(0));
        assert_eq!(door(&["api.example"], "").admits("other.example", "/"), None);
    }
}
