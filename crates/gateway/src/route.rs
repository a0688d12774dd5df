//! Finds the route of a request: a tree of path segments in which a literal goes before
//! `{parameter}`, which goes before `{greedy+}`. A path whose method is missing falls through to
//! the next less specific route, and `$default` takes what is left.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>

use std::borrow::Cow;
use std::collections::HashMap;

use http::Method;
use model::{MethodMatch, PathPattern, PathSegment, Protocol};
use percent_encoding::percent_decode_str;

#[cfg(test)]
mod tests;

/// The position of a route among its API's.
pub(crate) type RouteIndex = usize;

/// Part of a path, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The route of a request and where its path parameters are, in the order of the pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) route: RouteIndex,
    pub(crate) captures: Vec<Span>,
}

/// The routes of one API.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    nodes: Vec<Node>,
    fallback: Option<RouteIndex>,
    slash: Slash,
}

/// What a slash at the end of a path means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Slash {
    /// HTTP API: `/pets/` is not `/pets`, and `{proxy+}` takes the empty rest.
    #[default]
    Significant,
    /// REST API: ignored when looking for a route, kept in the event.
    Ignored,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<Box<str>, usize, foldhash::fast::RandomState>,
    parameter: Option<usize>,
    greedy: Methods,
    here: Methods,
}

/// The routes that share one path.
#[derive(Debug, Default)]
struct Methods {
    exact: Vec<(Method, RouteIndex)>,
    any: Option<RouteIndex>,
}

impl Methods {
    fn get(&self, method: &Method) -> Option<RouteIndex> {
        let exact = self.exact.iter().find(|(one, _)| one == method);
        exact.map(|(_, route)| *route).or(self.any)
    }

    /// The first of two equal routes stays; a stack has none.
    fn add(&mut self, method: &MethodMatch, route: RouteIndex) {
        match method {
            MethodMatch::Any => {
                self.any.get_or_insert(route);
            }
            MethodMatch::One(one) if self.exact.iter().all(|(known, _)| known != one) => {
                self.exact.push((one.clone(), route));
            }
            MethodMatch::One(_) => {}
        }
    }
}

impl Routes {
    pub(crate) fn new(protocol: Protocol) -> Self {
        let slash = match protocol {
            Protocol::Http => Slash::Significant,
            Protocol::Rest => Slash::Ignored,
        };
        Self { nodes: vec![Node::default()], fallback: None, slash }
    }

    pub(crate) fn add(&mut self, method: &MethodMatch, pattern: &PathPattern, route: RouteIndex) {
        let PathPattern::Path { segments, .. } = pattern else {
            self.fallback.get_or_insert(route);
            return;
        };
        let mut at = 0;
        for segment in segments {
            at = match segment {
                PathSegment::Literal(text) if text.is_empty() => continue,
                PathSegment::Literal(text) => self.literal_child(at, text),
                PathSegment::Parameter(_) => self.parameter_child(at),
                PathSegment::Greedy(_) => return self.nodes[at].greedy.add(method, route),
            };
        }
        self.nodes[at].here.add(method, route);
    }

    fn literal_child(&mut self, at: usize, text: &str) -> usize {
        if let Some(child) = self.nodes[at].literals.get(text) {
            return *child;
        }
        let child = self.grow();
        self.nodes[at].literals.insert(text.into(), child);
        child
    }

    fn parameter_child(&mut self, at: usize) -> usize {
        if let Some(child) = self.nodes[at].parameter {
            return child;
        }
        let child = self.grow();
        self.nodes[at].parameter = Some(child);
        child
    }

    fn grow(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }

    /// `path` is without the stage and starts with a slash. Spans point into it.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Found> {
        let end = match self.slash {
            Slash::Significant => path.len(),
            Slash::Ignored => path.trim_end_matches('/').len(),
        };
        let mut search = Search { routes: self, method, path, end, captures: Vec::new() };
        let route = search.descend(0, 0).or(self.fallback)?;
        Some(Found { route, captures: search.captures })
    }

    fn accepts_empty_rest(&self) -> bool {
        self.slash == Slash::Significant
    }
}

struct Search<'a> {
    routes: &'a Routes,
    method: &'a Method,
    path: &'a str,
    end: usize,
    captures: Vec<Span>,
}

impl Search<'_> {
    /// `start` is where the slash before the next segment is, or the end of the path. Every node
    /// is reached by one path only, so the search visits none twice.
    fn descend(&mut self, node: usize, start: usize) -> Option<RouteIndex> {
        let routes = self.routes;
        let node = &routes.nodes[node];
        let at_end = start >= self.end;
        let is_root = start == 0 && self.end == 1;
        if (at_end || is_root)
            && let Some(route) = node.here.get(self.method)
        {
            return Some(route);
        }
        if at_end {
            return None;
        }
        let begin = start + 1;
        let stop = self.path[begin..self.end].find('/').map_or(self.end, |at| begin + at);
        let segment = &self.path[begin..stop];
        if let Some(child) = node.literals.get(&*decoded(segment))
            && let Some(route) = self.descend(*child, stop)
        {
            return Some(route);
        }
        if let Some(child) = node.parameter
            && !segment.is_empty()
        {
            self.captures.push(Span { start: begin, end: stop });
            if let Some(route) = self.descend(child, stop) {
                return Some(route);
            }
            self.captures.pop();
        }
        if begin < self.end || routes.accepts_empty_rest() {
            let route = node.greedy.get(self.method)?;
            self.captures.push(Span { start: begin, end: self.end });
            return Some(route);
        }
        None
    }
}

/// A literal is compared after decoding; a decoded slash does not separate segments.
fn decoded(segment: &str) -> Cow<'_, str> {
    if segment.contains('%') {
        percent_decode_str(segment).decode_utf8_lossy()
    } else {
        Cow::Borrowed(segment)
    }
}
