//! Routes: the one thing that each calls.

use std::time::Duration;

use model::api::{MockReply, PayloadFormat};
use model::{Integration, Protocol, Route};

use super::limit::{Place, Policies};
use super::reference::Defined;
use super::usage_plan::asks_for_key;
use super::{Scope, placeholder};
use crate::manifest::{self, HeaderName, Integrated, InvokeMode, RouteKey};
use crate::problem::{Code, Problem};
use crate::shape::{Named, Placed, Spanned};

/// API Gateway's own bounds.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
const HTTP_TIMEOUT: Duration = Duration::from_secs(30);
const REST_TIMEOUT: Duration = Duration::from_secs(29);

/// Framing is the gateway's own.
const FRAMING: [&str; 6] =
    ["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding"];

const MESSAGES: [Integrated; 2] = [Integrated::Queue, Integrated::Topic];

impl Scope<'_> {
    pub(super) fn route(
        &mut self,
        api: &manifest::Api,
        named: &Named<RouteKey, manifest::Route>,
        written: &manifest::Route,
        policies: &mut Policies,
    ) -> Option<Route> {
        let key = &named.key;
        let place = Place::route(api, &named.text, key, written);
        let mut limits = self.throttles(written.throttle.as_ref(), &place, policies);
        limits.extend(self.limits(written.limits.as_ref(), &place, policies));
        self.check_route_count(api, named, written);
        let integrated = self.integrated(named, written)?;
        self.check_options(integrated, written);
        let integration = match integrated {
            Integrated::Function => match written.invoke.as_ref().map(|invoke| invoke.value) {
                Some(InvokeMode::Async) => self.later(api, key, written),
                Some(InvokeMode::Sync) | None => self.function_call(api, written),
            },
            Integrated::Queue => self.queue_call(api, key, written),
            Integrated::Topic => self.topic_call(api, key, written),
            Integrated::Upstream => self.upstream_call(key, written),
            Integrated::Sequence => self.sequence(key, written),
            Integrated::Health => self.health(written),
            Integrated::Mock => Some(Integration::Mock(self.mock(written.mock.as_ref()?))),
            Integrated::Redirect => self.redirect(key, written.redirect.as_ref()?),
        };
        let timeout = written.timeout.map(|timeout| timeout.0);
        Some(Route {
            method: key.method.clone(),
            path: key.path.clone(),
            integration: integration?,
            limits,
            api_limits: written.api_limits,
            priority: written.priority,
            api_key_required: asks_for_key(api, written),
            validation: self.validation(api, written),
            timeout: timeout.unwrap_or(match api.protocol {
                Protocol::Http => HTTP_TIMEOUT,
                Protocol::Rest => REST_TIMEOUT,
            }),
        })
    }

    /// What the route calls, which must be exactly one thing.
    fn integrated(
        &mut self,
        named: &Named<RouteKey, manifest::Route>,
        written: &manifest::Route,
    ) -> Option<Integrated> {
        let place = |one: Integrated| written.record().key(one.key()).map(|span| (one, span));
        let mut found = Integrated::ALL.into_iter().filter_map(place);
        let Some((one, first)) = found.next() else {
            let message = format!("`{}` calls nothing", named.text);
            let problem = Problem::new(Code::MissingKey, message).at(named.span, "").help(
                "give it a `function`, an `upstream`, a `queue`, a `topic`, a `sequence`, `health`, a \
                     `mock` or a `redirect`",
            );
            self.problems.push(problem);
            return None;
        };
        for (other, span) in found {
            let message = format!("`{}` and `{}` exclude each other", one.key(), other.key());
            let problem = Problem::new(Code::Conflict, message)
                .at(span, "")
                .related(first, "given here")
                .help("a route calls one thing");
            self.problems.push(problem);
        }
        Some(one)
    }

    /// Settings that would silently do nothing.
    fn check_options(&mut self, integrated: Integrated, written: &manifest::Route) {
        for (key, owners) in [
            ("payload", &[Integrated::Function][..]),
            ("invoke", &[Integrated::Function]),
            ("body", &MESSAGES),
            ("group", &MESSAGES),
            ("deduplication", &MESSAGES),
            ("attributes", &MESSAGES),
            ("subject", &[Integrated::Topic]),
            ("path", &[Integrated::Upstream]),
            ("preserve_host", &[Integrated::Upstream]),
            ("answer", &[Integrated::Sequence]),
            ("failures", &[Integrated::Sequence]),
            (
                "timeout",
                &[
                    Integrated::Function,
                    Integrated::Upstream,
                    Integrated::Queue,
                    Integrated::Topic,
                    Integrated::Sequence,
                    Integrated::Health,
                ],
            ),
        ] {
            if let (Some(span), false) = (written.record().key(key), owners.contains(&integrated)) {
                let message = format!("`{key}` means nothing beside `{}`", integrated.key());
                let owners: Vec<_> =
                    owners.iter().map(|owner| format!("`{}`", owner.key())).collect();
                let problem = Problem::new(Code::Conflict, message).at(span, "");
                self.problems.push(problem.help(format!("it goes with {}", owners.join(" or "))));
            }
        }
    }

    fn function_call(
        &mut self,
        api: &manifest::Api,
        written: &manifest::Route,
    ) -> Option<Integration> {
        let function = written.function.as_ref()?;
        let name = function.value.0.clone();
        self.refer(Defined::Function, name.as_str(), function.span);
        let payload = written.payload.unwrap_or(match api.protocol {
            Protocol::Http => PayloadFormat::V2,
            Protocol::Rest => PayloadFormat::Rest,
        });
        Some(Integration::Function { function: name, payload })
    }

    fn upstream_call(&mut self, key: &RouteKey, written: &manifest::Route) -> Option<Integration> {
        let upstream = written.upstream.as_ref()?;
        let name = upstream.value.0.clone();
        self.refer(Defined::Upstream, name.as_str(), upstream.span);
        if let Some(path) = &written.path {
            placeholder::check(&path.value.0, path.span, key, self.problems);
        }
        let path = written.path.as_ref().map(|path| path.value.0.clone());
        Some(Integration::Upstream { upstream: name, path, preserve_host: written.preserve_host })
    }

    fn mock(&mut self, written: &manifest::Mock) -> MockReply {
        let status = u16::try_from(written.status.value.0).unwrap_or(200);
        let mut headers = Vec::new();
        for (name, value) in written.headers.iter().flat_map(|headers| headers.readable()) {
            self.check_header(name, value);
            headers.push((name.key.0.clone(), value.value.clone()));
        }
        if let (Some(body), 204 | 304) = (&written.body, status) {
            let message = format!("an answer with status {status} has no body");
            let problem = Problem::new(Code::Status, message).at(body.span, "");
            self.problems.push(problem.help("remove it, or use another status"));
        }
        let body = written.body.as_ref().map(|body| body.value.clone()).unwrap_or_default();
        MockReply { status, headers, body }
    }

    pub(super) fn check_header(
        &mut self,
        name: &Named<HeaderName, Spanned<String>>,
        value: &Spanned<String>,
    ) {
        if FRAMING.contains(&&*name.key.0) {
            let message = format!("the header `{}` is the gateway's own to set", name.text);
            let problem = Problem::new(Code::Header, message).at(name.span, "");
            self.problems.push(problem.help("remove it"));
        }
        if http::HeaderValue::from_str(&value.value).is_err() {
            let message = format!(
                "the header `{}` holds a line break or another control character",
                name.text
            );
            self.problems.push(Problem::new(Code::Header, message).at(value.span, ""));
        }
    }

    fn redirect(&mut self, key: &RouteKey, written: &manifest::Redirect) -> Option<Integration> {
        let location = &written.location;
        placeholder::check(location.as_str(), location.span, key, self.problems);
        let text = location.as_str();
        let problem = |help: &str| {
            let message = format!("`{}` is not a location", text.escape_debug());
            Problem::new(Code::Url, message).at(location.span, "").help(help)
        };
        if text.chars().any(|c| !c.is_ascii_graphic()) {
            self.problems.push(problem("percent-encode spaces and what is not ASCII"));
        } else if !["/", "http://", "https://"].iter().any(|start| text.starts_with(start)) {
            self.problems.push(problem("start it with `/`, `http://` or `https://`"));
        }
        let status = written.status.0;
        Some(Integration::Redirect { status, location: location.as_str().to_owned() })
    }
}
