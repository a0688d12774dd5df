//! APIs and their own settings.

use model::api::RefusalShape;
use model::{Api, Cors, Protocol};

use super::Scope;
use super::limit::{Place, Policies};
use crate::manifest;
use crate::problem::{Code, Problem};
use crate::shape::OneOrMany;
use crate::source::Span;

impl Scope<'_> {
    pub(super) fn apis(&mut self) -> Vec<Api> {
        let Some(written) = &self.manifest.apis else {
            return Vec::new();
        };
        let mut apis = Vec::new();
        for (named, api) in written.readable() {
            apis.push(self.api(named.key.0.clone(), named.span, api));
        }
        self.collisions();
        self.shadowed_by_stages();
        apis
    }

    fn api(&mut self, name: model::ApiName, span: Span, written: &manifest::Api) -> Api {
        let mut policies = Policies::default();
        if written.routes.is_empty {
            let message = format!("the API `{name}` has no routes");
            let problem = Problem::new(Code::Nothing, message).at(span, "");
            self.problems.push(problem.help("add one such as `GET /: { function: ... }`"));
        }
        policies.reserve(written, self.problems);
        let place = Place::api(written);
        let mut limits = self.throttles(written.throttle.as_ref(), &place, &mut policies);
        limits.extend(self.limits(written.limits.as_ref(), &place, &mut policies));
        limits.extend(self.candidates(written.what_if.as_ref(), &place, &mut policies));
        self.check_api_count(written);
        self.check_refusals(written);
        let mut routes = Vec::new();
        for (named, route) in written.routes.readable() {
            routes.extend(self.route(written, named, route, &mut policies));
        }
        self.reachability(&written.routes);
        Api {
            name,
            id: written.id.as_ref().map(|id| id.0.clone()),
            protocol: written.protocol,
            stage: written.stage.0.clone(),
            hosts: written.hosts.iter().flat_map(|all| &all.0).map(|h| h.value.0.clone()).collect(),
            cors: written.cors.as_ref().map(|cors| self.cors(cors)),
            limits,
            limit_headers: written.limit_headers,
            refusals: written.refusals.value,
            max_body: written.max_body.0,
            access_log: written.access_log,
            limits_path: self.limits_path(written),
            models: self.models(written, &routes),
            binary_media_types: texts(written.binary_media_types.as_ref(), |kind| kind.0.clone()),
            routes,
        }
    }

    /// A path of its own, so that no route is never met.
    fn limits_path(&mut self, written: &manifest::Api) -> Option<String> {
        let path = written.limits_path.as_ref()?;
        let text = &path.value.0;
        if text.contains(['?', '{', '}']) {
            let problem = Problem::new(Code::UrlPath, format!("`{text}` is not a plain path"));
            self.problems.push(problem.at(path.span, "").help("write one such as `/me/limits`"));
        }
        let same = |key: &&manifest::RouteKey| key.path.to_string() == *text;
        if let Some(route) = written.routes.entries.iter().find(|route| same(&&route.key)) {
            let message = format!("`{text}` is a route's path already");
            let problem = Problem::new(Code::Conflict, message).at(path.span, "");
            self.problems.push(problem.related(route.span, "this route").help("choose another"));
        }
        Some(text.clone())
    }

    fn check_refusals(&mut self, written: &manifest::Api) {
        let is_problem = written.refusals.value == RefusalShape::Problem;
        if is_problem && written.protocol == Protocol::Rest {
            let message = "a REST API refuses in AWS's shapes";
            let problem = Problem::new(Code::Conflict, message).at(written.refusals.span, "");
            self.problems.push(problem.help("remove it, or make it `protocol: http`"));
        }
    }

    pub(super) fn cors(&mut self, written: &manifest::Cors) -> Cors {
        let star = written.origins.0.iter().find(|origin| origin.value.0 == "*");
        if let Some(star) = star {
            if written.credentials {
                let message = "browsers refuse credentials together with the origin `*`";
                let problem = Problem::new(Code::Cors, message).at(star.span, "");
                self.problems.push(problem.help("name the origins, or remove `credentials`"));
            }
            if written.origins.0.len() > 1 {
                let problem = Problem::new(Code::Conflict, "`*` stands beside other origins");
                self.problems.push(problem.at(star.span, "").help("`*` already allows them all"));
            }
        }
        let exposes_all = written.expose.iter().flat_map(|all| &all.0).find(|h| h.value.0 == "*");
        if let (Some(header), true) = (exposes_all, written.credentials) {
            let message = "browsers expose no header for `*` when credentials are allowed";
            let problem = Problem::new(Code::Cors, message).at(header.span, "");
            self.problems.push(problem.help("name the headers"));
        }
        Cors {
            origins: written.origins.0.iter().map(|origin| origin.value.0.clone()).collect(),
            methods: texts(written.methods.as_ref(), |method| method.0.clone()),
            headers: texts(written.headers.as_ref(), |header| header.0.clone()),
            expose: texts(written.expose.as_ref(), |header| header.value.0.clone()),
            max_age: written.max_age.map(|age| age.0),
            credentials: written.credentials,
        }
    }
}

fn texts<T>(many: Option<&OneOrMany<T>>, text: impl Fn(&T) -> String) -> Vec<String> {
    many.iter().flat_map(|all| &all.0).map(text).collect()
}
