//! Route keys: `GET /orders/{id}`, `ANY /files/{proxy+}`, `$default`.

use std::collections::BTreeSet;

use model::{MethodMatch, PathPattern, PathSegment};
use serde_json::{Value as Json, json};

use super::upstream::is_url_text;
use crate::problem::Code;
use crate::shape::{Refused, Text, did_you_mean};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RouteKey {
    pub(crate) method: MethodMatch,
    pub(crate) path: PathPattern,
}

/// The methods that `ANY` stands for.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>
pub(crate) const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

impl Text for RouteKey {
    const WHAT: &'static str = "a route key such as `GET /orders/{id}`";

    fn parse(text: &str) -> Result<Self, Refused> {
        if text == "$default" {
            return Ok(Self { method: MethodMatch::Any, path: PathPattern::Default });
        }
        let refused = Refused::new(Code::RouteKey, "is not a route key");
        let Some((method, path)) = text.split_once(' ') else {
            return Err(match text.starts_with('/') {
                true => refused.help(format!("did you mean `ANY {text}`?")),
                false => refused.help("write a method and a path such as `GET /orders/{id}`"),
            });
        };
        let method = read_method(method)?;
        let segments = read_path(path)?;
        Ok(Self { method, path: PathPattern::Path { text: path.to_owned(), segments } })
    }

    fn text_schema() -> Json {
        let pattern = format!(r"^(\$default|(ANY|{}) /\S*)$", METHODS.join("|"));
        json!({ "type": "string", "pattern": pattern })
    }
}

impl RouteKey {
    /// The names of its path parameters.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> + Clone {
        let segments = match &self.path {
            PathPattern::Default => &[][..],
            PathPattern::Path { segments, .. } => segments,
        };
        segments.iter().filter_map(|segment| match segment {
            PathSegment::Parameter(name) | PathSegment::Greedy(name) => Some(&**name),
            PathSegment::Literal(_) => None,
        })
    }

    /// The path with its parameters' names left out: two routes of one shape match the same paths.
    pub(crate) fn shape(&self) -> String {
        match &self.path {
            PathPattern::Default => "$default".to_owned(),
            PathPattern::Path { segments, .. } if segments.is_empty() => "/".to_owned(),
            PathPattern::Path { segments, .. } => {
                segments.iter().fold(String::new(), |shape, s| {
                    shape
                        + "/"
                        + match s {
                            PathSegment::Literal(text) => text,
                            PathSegment::Parameter(_) => "{}",
                            PathSegment::Greedy(_) => "{+}",
                        }
                })
            }
        }
    }
}

fn read_method(text: &str) -> Result<MethodMatch, Refused> {
    if text == "ANY" {
        return Ok(MethodMatch::Any);
    }
    let known = METHODS.contains(&text).then(|| http::Method::from_bytes(text.as_bytes()).ok());
    if let Some(method) = known.flatten() {
        return Ok(MethodMatch::One(method));
    }
    let near = did_you_mean(text, METHODS.into_iter().chain(["ANY"]));
    let all = || format!("use {} or ANY", METHODS.join(", "));
    Err(Refused::new(Code::RouteKey, format!("has the unknown method `{text}`"))
        .help(near.unwrap_or_else(all)))
}

fn read_path(path: &str) -> Result<Vec<PathSegment>, Refused> {
    let refused = |why: &str| Refused::new(Code::RouteKey, why);
    let Some(rest) = path.strip_prefix('/') else {
        return Err(refused("has a path that does not start with `/`"));
    };
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    if rest.ends_with('/') {
        return Err(refused("ends with `/`").help("remove it"));
    }
    let mut segments = Vec::new();
    let mut names = BTreeSet::new();
    for text in rest.split('/') {
        if matches!(segments.last(), Some(PathSegment::Greedy(_))) {
            return Err(refused("goes on after a greedy parameter, which takes all the rest")
                .help("move it to the end, or remove its `+`"));
        }
        let segment = read_segment(text)?;
        if let PathSegment::Parameter(name) | PathSegment::Greedy(name) = &segment
            && !names.insert(name.clone())
        {
            return Err(refused(&format!("has two parameters called `{name}`")));
        }
        segments.push(segment);
    }
    Ok(segments)
}

fn read_segment(text: &str) -> Result<PathSegment, Refused> {
    let refused = |why: String| Refused::new(Code::RouteKey, why);
    if let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        let (name, greedy) = match inner.strip_suffix('+') {
            Some(name) => (name, true),
            None => (inner, false),
        };
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || !name.chars().all(is_word) {
            return Err(refused(format!("has a parameter without a proper name, `{text}`"))
                .help("use letters, digits, `-`, `_` and `.`"));
        }
        let name = name.to_owned();
        return Ok(if greedy { PathSegment::Greedy(name) } else { PathSegment::Parameter(name) });
    }
    if text.is_empty() {
        return Err(refused("has an empty segment, `//`".to_owned()).help("remove one `/`"));
    }
    if let Some(name) = text.strip_prefix(':') {
        return Err(refused(format!("has the segment `{text}`"))
            .help(format!("did you mean `{{{name}}}`?")));
    }
    if text.contains('*') {
        return Err(refused(format!("has the segment `{text}`"))
            .help("a path's rest is matched by `{proxy+}`"));
    }
    if text.contains(['{', '}']) {
        return Err(refused(format!("has the segment `{text}`"))
            .help("a parameter is a whole segment, such as `{id}`"));
    }
    if matches!(text, "." | "..") {
        return Err(refused(format!("has the segment `{text}`, which clients resolve themselves")));
    }
    match text.chars().find(|c| !is_url_text(*c) || matches!(c, '?' | '#')) {
        Some(stranger) => Err(refused(format!("has `{}` in its path", stranger.escape_default()))
            .help("a path has no query, and other characters are percent-encoded")),
        None => Ok(PathSegment::Literal(text.to_owned())),
    }
}
