//! How several APIs get along: who answers which host, stage and path.

use std::collections::BTreeMap;

use model::{MethodMatch, PathPattern, PathSegment};

use super::Scope;
use crate::manifest::{Api, METHODS, Route, RouteKey};
use crate::problem::{Code, Problem};
use crate::shape::Named;

const DEFAULT_STAGE: &str = "$default";

type Written<'a, K, V> = (&'a Named<K, V>, &'a V);
type WrittenApi<'a> = Written<'a, crate::manifest::Name<model::ApiName>, Api>;

impl Scope<'_> {
    /// Two APIs must differ in host or stage, or requests have no clear owner.
    pub(super) fn collisions(&mut self) {
        let manifest = self.manifest;
        let mut owners: BTreeMap<(&str, Option<&str>), &str> = BTreeMap::new();
        let mut spans = BTreeMap::new();
        for (named, api) in manifest.apis.iter().flat_map(|apis| apis.readable()) {
            let stage = &*api.stage.0;
            let mut taken = None;
            for door in doors(api) {
                let owner = *owners.entry((stage, door)).or_insert(&named.text);
                if owner != named.text {
                    taken = taken.or(Some((owner, door)));
                }
            }
            spans.insert(&*named.text, named.span);
            let Some((owner, door)) = taken else {
                continue;
            };
            let answers = door.map_or_else(|| "all hosts".to_owned(), |host| format!("`{host}`"));
            let message = format!(
                "the APIs `{owner}` and `{}` both answer to {answers} at the stage `{stage}`",
                named.text
            );
            let problem = Problem::new(Code::ApiCollision, message)
                .at(named.span, "and so does this one")
                .related(spans[owner], "answers there")
                .help("give one of them other `hosts` or another `stage`");
            self.problems.push(problem);
        }
    }

    /// `GET /prod/orders` of an API without a stage is never met when the stage `prod` of another,
    /// which is asked first, answers `GET /orders`.
    pub(super) fn shadowed_by_stages(&mut self) {
        let manifest = self.manifest;
        let apis = || manifest.apis.iter().flat_map(|apis| apis.readable());
        let mut stages: BTreeMap<&str, Vec<WrittenApi<'_>>> = BTreeMap::new();
        for staged in apis().filter(|(_, api)| api.stage.0 != DEFAULT_STAGE) {
            stages.entry(&*staged.1.stage.0).or_default().push(staged);
        }
        for (_, api) in apis().filter(|(_, api)| api.stage.0 == DEFAULT_STAGE) {
            for route in &api.routes.entries {
                let Some((stage, rest)) = below_first_literal(&route.key) else {
                    continue;
                };
                let first = stages.get(stage).into_iter().flatten().find(|(_, staged)| {
                    asked_first(staged, api) && answers(staged, &route.key.method, rest)
                });
                if let Some((named, _)) = first {
                    let message = format!("`{}` can never match", route.text);
                    let problem = Problem::new(Code::Unreachable, message)
                        .at(route.span, "")
                        .related(named.span, format!("answers below `/{stage}` first"))
                        .help(format!(
                            "remove it, or give `{}` another `stage` or other `hosts`",
                            named.text
                        ));
                    self.problems.push(problem);
                }
            }
        }
    }
}

/// The hosts that an API answers to; `None` stands for all.
fn doors(api: &Api) -> impl Iterator<Item = Option<&str>> {
    let hosts = api.hosts.iter().flat_map(|all| &all.0).map(|host| Some(&*host.value.0));
    let all = api.hosts.is_none().then_some(None);
    hosts.chain(all)
}

/// Whether every request that `api` could answer is offered to `staged` before it. Those with hosts
/// are asked before those without.
fn asked_first(staged: &Api, api: &Api) -> bool {
    doors(api).all(|door| doors(staged).any(|other| other == door))
}

/// `prod` and what follows it.
fn below_first_literal(key: &RouteKey) -> Option<(&str, &[PathSegment])> {
    let PathPattern::Path { segments, .. } = &key.path else {
        return None;
    };
    match segments.split_first() {
        Some((PathSegment::Literal(text), rest)) => Some((text, rest)),
        _ => None,
    }
}

/// Whether an API has a route for whatever `method` and `path` match.
fn answers(api: &Api, method: &MethodMatch, path: &[PathSegment]) -> bool {
    let any: Vec<&Named<RouteKey, Route>> =
        api.routes.entries.iter().filter(|route| covers(&route.key.path, path)).collect();
    let has = |wanted: &str| {
        any.iter().any(|route| match &route.key.method {
            MethodMatch::Any => true,
            MethodMatch::One(method) => method.as_str() == wanted,
        })
    };
    match method {
        MethodMatch::One(method) => has(method.as_str()),
        MethodMatch::Any => METHODS.into_iter().all(has),
    }
}

/// Whether every path that `path` matches is matched by `pattern`.
fn covers(pattern: &PathPattern, path: &[PathSegment]) -> bool {
    use PathSegment::{Greedy, Literal, Parameter};
    let PathPattern::Path { segments, .. } = pattern else {
        return true;
    };
    let mut path = path.iter();
    for segment in segments {
        let covered = match (segment, path.next()) {
            (Greedy(_), Some(_)) => return true,
            (Parameter(_), Some(Literal(_) | Parameter(_))) => true,
            (Literal(one), Some(Literal(other))) => one == other,
            _ => false,
        };
        if !covered {
            return false;
        }
    }
    path.next().is_none()
}
