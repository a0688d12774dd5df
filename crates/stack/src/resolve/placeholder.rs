//! `{name}` in a path or location, which stands for a path parameter.

use model::PathPattern;

use crate::manifest::RouteKey;
use crate::problem::{Code, Problem};
use crate::shape::{closest, listed};
use crate::source::Span;

/// Reports each `{name}` in `text` that is not a parameter of the route.
pub(super) fn check(text: &str, span: Span, key: &RouteKey, problems: &mut Vec<Problem>) {
    let mut rest = text;
    while let Some(start) = rest.find(['{', '}']) {
        let inner = rest[start..].strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let Some((name, after)) = inner else {
            let problem = Problem::new(Code::Placeholder, "a brace here has no partner");
            problems
                .push(problem.at(span, "").help("write `{name}`, or `%7B` or `%7D` for a brace"));
            return;
        };
        rest = after;
        if key.parameters().any(|parameter| parameter == name) {
            continue;
        }
        let plain = name.trim_end_matches('+');
        let help = if key.parameters().any(|parameter| parameter == plain) {
            format!("did you mean `{{{plain}}}`?")
        } else if let Some(near) = closest(name, key.parameters()) {
            format!("did you mean `{{{near}}}`?")
        } else if key.parameters().next().is_some() {
            format!("it has {}", listed(key.parameters(), "and"))
        } else {
            format!("name a segment of the route's path `{{{plain}}}`, or remove it here")
        };
        let message = match &key.path {
            PathPattern::Default => format!("`$default` has no path parameter `{name}`"),
            PathPattern::Path { text, .. } => format!("`{text}` has no path parameter `{name}`"),
        };
        problems.push(Problem::new(Code::Placeholder, message).at(span, "").help(help));
    }
}
