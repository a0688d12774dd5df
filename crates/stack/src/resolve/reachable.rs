//! Routes that can never match.

use std::collections::BTreeMap;

use model::{MethodMatch, PathPattern};

use super::Scope;
use crate::manifest::{self, METHODS, RouteKey};
use crate::problem::{Code, Problem};
use crate::shape::{Map, Named};

type Written = Named<RouteKey, manifest::Route>;

impl Scope<'_> {
    pub(super) fn reachability(&mut self, routes: &Map<RouteKey, manifest::Route>) {
        let mut shapes: BTreeMap<String, Vec<&Written>> = BTreeMap::new();
        for route in &routes.entries {
            let same_shape = shapes.entry(route.key.shape()).or_default();
            let first = same_shape.iter().find(|other| other.key.method == route.key.method);
            if let Some(first) = first {
                self.problems.push(
                    Problem::new(Code::Unreachable, format!("`{}` can never match", route.text))
                        .at(route.span, "")
                        .related(first.span, "matches the same requests first")
                        .help("a parameter's name does not tell paths apart; remove one of them"),
                );
            } else {
                same_shape.push(route);
            }
        }
        for same_shape in shapes.values() {
            self.shadowed_any(same_shape);
        }
        self.shadowed_default(routes, &shapes);
    }

    fn shadowed_any(&mut self, same_shape: &[&Written]) {
        let has = |method: &str| {
            same_shape.iter().any(|route| match &route.key.method {
                MethodMatch::One(one) => one.as_str() == method,
                MethodMatch::Any => false,
            })
        };
        if !METHODS.into_iter().all(has) {
            return;
        }
        for route in same_shape.iter().filter(|route| route.key.method == MethodMatch::Any) {
            if route.key.path != PathPattern::Default {
                let message = format!("`{}` can never match", route.text);
                let problem = Problem::new(Code::Unreachable, message)
                    .at(route.span, "")
                    .help("every method has a route of its own here; remove this one");
                self.problems.push(problem);
            }
        }
    }

    fn shadowed_default(
        &mut self,
        routes: &Map<RouteKey, manifest::Route>,
        shapes: &BTreeMap<String, Vec<&Written>>,
    ) {
        let Some(default) = routes.entries.iter().find(|r| r.key.path == PathPattern::Default)
        else {
            return;
        };
        let any = |shape: &str| {
            let same_shape = shapes.get(shape)?;
            same_shape.iter().find(|route| route.key.method == MethodMatch::Any)
        };
        if let (Some(_), Some(greedy)) = (any("/"), any("/{+}")) {
            let problem = Problem::new(Code::Unreachable, "`$default` can never match")
                .at(default.span, "")
                .related(greedy.span, "matches everything but `/`, which has a route too")
                .help("remove one of them");
            self.problems.push(problem);
        }
    }
}
