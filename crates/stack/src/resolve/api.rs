//! APIs: their own settings, and how they get along.

use std::collections::{BTreeMap, BTreeSet};

use model::{Api, Cors, PathPattern, Throttle, ThrottleKey};

use super::Scope;
use crate::manifest;
use crate::problem::{Code, Problem};
use crate::shape::{OneOrMany, Spanned, closest};
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
        let known = |parameter: &str| {
            written
                .routes
                .entries
                .iter()
                .any(|route| route.key.parameters().any(|p| p == parameter))
        };
        let throttles = self.throttles(written.throttle.as_ref(), "", &mut policies, known);
        let mut routes = Vec::new();
        for (named, route) in written.routes.readable() {
            routes.extend(self.route(written, named, route, &mut policies));
        }
        self.reachability(&written.routes);
        Api {
            name,
            protocol: written.protocol,
            stage: written.stage.0.clone(),
            hosts: written.hosts.iter().flat_map(|all| &all.0).map(|h| h.value.0.clone()).collect(),
            cors: written.cors.as_ref().map(|cors| self.cors(cors)),
            throttles,
            max_body: written.max_body.0,
            binary_media_types: texts(written.binary_media_types.as_ref(), |kind| kind.0.clone()),
            routes,
        }
    }

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

    fn cors(&mut self, written: &manifest::Cors) -> Cors {
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

    /// Two APIs must differ in host or stage, or one of them never sees a request.
    fn collisions(&mut self) {
        let Some(apis) = &self.manifest.apis else {
            return;
        };
        let apis: Vec<_> = apis.readable().collect();
        for (index, (later, api)) in apis.iter().enumerate() {
            for (earlier, other) in &apis[..index] {
                if api.stage != other.stage {
                    continue;
                }
                let hosts = |api: &manifest::Api| -> BTreeSet<String> {
                    texts(api.hosts.as_ref(), |host| host.value.0.clone()).into_iter().collect()
                };
                let (mine, theirs) = (hosts(api), hosts(other));
                let shared = mine.intersection(&theirs).next();
                let answers = match shared {
                    Some(host) => format!("`{host}`"),
                    None if mine.is_empty() && theirs.is_empty() => "all hosts".to_owned(),
                    None => continue,
                };
                let stage = &api.stage.0;
                let message = format!(
                    "the APIs `{}` and `{}` both answer to {answers} at the stage `{stage}`",
                    earlier.text, later.text
                );
                let problem = Problem::new(Code::ApiCollision, message)
                    .at(later.span, "never called")
                    .related(earlier.span, "answers first")
                    .help("give one of them other `hosts` or another `stage`");
                self.problems.push(problem);
            }
        }
    }
}

fn texts<T>(many: Option<&OneOrMany<T>>, text: impl Fn(&T) -> String) -> Vec<String> {
    many.iter().flat_map(|all| &all.0).map(text).collect()
}

/// The names of an API's throttles.
#[derive(Debug, Default)]
pub(super) struct Policies {
    taken: BTreeMap<String, Span>,
}

impl Policies {
    /// Given names come first, so that derived ones give way to them.
    fn reserve(&mut self, api: &manifest::Api, problems: &mut Vec<Problem>) {
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

/// Reports each `{name}` in `text` that is not a parameter of the route.
pub(super) fn check_placeholders(
    text: &str,
    span: Span,
    key: &manifest::RouteKey,
    problems: &mut Vec<Problem>,
) {
    let mut rest = text;
    while let Some(start) = rest.find(['{', '}']) {
        let inner = rest[start..].strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let Some((name, after)) = inner else {
            let problem = Problem::new(Code::Placeholder, "a brace here has no partner");
            problems.push(problem.at(span, "").help("write `{name}`, or encode the brace"));
            return;
        };
        rest = after;
        if key.parameters().any(|parameter| parameter == name) {
            continue;
        }
        let plain = name.trim_end_matches('+');
        let help = if key.parameters().any(|parameter| parameter == plain) {
            Some(format!("did you mean `{{{plain}}}`?"))
        } else {
            closest(name, key.parameters()).map(|near| format!("did you mean `{{{near}}}`?"))
        };
        let message = match &key.path {
            PathPattern::Default => format!("`$default` has no path parameter `{name}`"),
            PathPattern::Path { text, .. } => format!("`{text}` has no path parameter `{name}`"),
        };
        problems.push(Problem::new(Code::Placeholder, message).at(span, "").maybe_help(help));
    }
}
