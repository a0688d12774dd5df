//! The method and path by which a REST action is found.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::protocol::Node;

/// `POST /2015-03-31/functions/{FunctionName}/invocations`. A slash at the end makes no difference.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    method: &'static str,
    path: &'static str,
    /// A parameter that the query must have, where it tells two actions apart.
    asks: Option<&'static str>,
}

impl Route {
    pub(crate) const fn new(method: &'static str, path: &'static str) -> Self {
        Self { method, path, asks: None }
    }

    /// Only requests whose query has this parameter.
    pub(crate) const fn asking(self, parameter: &'static str) -> Self {
        Self { asks: Some(parameter), ..self }
    }

    /// The path's members, if this is the request's route.
    pub(crate) fn members(&self, method: &Method, path: &str, query: &str) -> Option<Node> {
        let mut names = query.split('&').filter_map(|pair| pair.split('=').next());
        let is_asked = self.asks.is_none_or(|asked| names.any(|name| name == asked));
        if self.method != method.as_str() || !is_asked {
            return None;
        }
        let mut node = Node::default();
        let mut given = segments(path);
        for wanted in segments(self.path) {
            let given = given.next()?;
            let member = wanted.strip_prefix('{').and_then(|wanted| wanted.strip_suffix('}'));
            match member {
                Some(member) if !given.is_empty() => {
                    let value = percent_decode_str(given).decode_utf8().ok()?;
                    node.add(member, value.into_owned());
                }
                None if wanted == given => {}
                _ => return None,
            }
        }
        given.next().is_none().then_some(node)
    }
}

fn segments(path: &str) -> std::str::Split<'_, char> {
    path.strip_suffix('/').unwrap_or(path).split('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(route: &'static str, path: &str, expected: Option<&str>) {
        let route = Route::new("GET", route);
        let found = route.members(&Method::GET, path, "");
        let name = found.as_ref().map(|node| node.text("Name").unwrap_or_default());
        assert_eq!(name, expected, "{path}");
    }

    #[test]
    fn a_parameter_tells_two_actions_of_one_path_apart() {
        let route = Route::new("GET", "/a").asking("List");
        for (query, expected) in [("List=ALL&x=1", true), ("Listed=1", false), ("", false)] {
            assert_eq!(route.members(&Method::GET, "/a", query).is_some(), expected, "{query}");
        }
    }

    #[test]
    fn a_path_gives_its_members() {
        check("/functions/{Name}/url", "/functions/a%3Ab/url", Some("a:b"));
        check("/functions/{Name}/url", "/functions/a/url/", Some("a"));
        check("/functions/{Name}/url", "/functions//url", None);
        check("/functions/{Name}/url", "/functions/a", None);
        check("/functions/{Name}", "/functions/a/url", None);
        check("/functions/", "/functions", Some(""));
    }
}
