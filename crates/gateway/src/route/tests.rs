//! Examples of which route wins, and the tree against a search through all routes.

use http::Method;
use model::{MethodMatch, PathPattern, PathSegment, Protocol};
use proptest::prelude::*;

use super::{Routes, Span};

fn pattern(path: &str) -> PathPattern {
    if path == "$default" {
        return PathPattern::Default;
    }
    let segments = path.split('/').skip(1).filter(|text| !text.is_empty()).map(|text| {
        match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => PathSegment::Greedy(name.into()),
                None => PathSegment::Parameter(name.into()),
            },
            None => PathSegment::Literal(text.into()),
        }
    });
    PathPattern::Path { text: path.into(), segments: segments.collect() }
}

fn method(name: &str) -> MethodMatch {
    match name {
        "ANY" => MethodMatch::Any,
        one => MethodMatch::One(one.parse().expect("method")),
    }
}

fn routes(protocol: Protocol, keys: &[&str]) -> Routes {
    let mut routes = Routes::new(protocol);
    for (index, key) in keys.iter().enumerate() {
        let (name, path) = key.split_once(' ').unwrap_or(("ANY", key));
        routes.add(&method(name), &pattern(path), index);
    }
    routes
}

/// `key [capture ..]` of the route that answers, or `none`.
fn answer(protocol: Protocol, keys: &[&str], request: &str) -> String {
    let (name, path) = request.split_once(' ').expect("`METHOD path`");
    let method: Method = name.parse().expect("method");
    match routes(protocol, keys).find(&method, path) {
        None => "none".into(),
        Some(found) => {
            let mut said = keys[found.route].to_owned();
            for Span { start, end } in found.captures {
                said.push_str(&format!(" [{}]", &path[start..end]));
            }
            said
        }
    }
}

const PETS: &[&str] = &[
    "GET /pets/dog/1",
    "GET /pets/dog/{id}",
    "GET /pets/{proxy+}",
    "ANY /{proxy+}",
    "POST /pets",
    "ANY /pets",
    "GET /",
    "$default",
];

#[test]
fn the_most_specific_route_answers() {
    let http = |request| answer(Protocol::Http, PETS, request);
    assert_eq!(http("GET /pets/dog/1"), "GET /pets/dog/1");
    assert_eq!(http("GET /pets/dog/2"), "GET /pets/dog/{id} [2]");
    assert_eq!(http("GET /pets/cat/1"), "GET /pets/{proxy+} [cat/1]");
    assert_eq!(http("POST /pets"), "POST /pets");
    assert_eq!(http("PATCH /pets"), "ANY /pets");
    assert_eq!(http("GET /test/5"), "ANY /{proxy+} [test/5]");
    assert_eq!(http("GET /"), "GET /");
}

#[test]
fn a_missing_method_falls_through() {
    let http = |request| answer(Protocol::Http, PETS, request);
    assert_eq!(http("POST /pets/dog/1"), "ANY /{proxy+} [pets/dog/1]");
    assert_eq!(http("DELETE /pets/cat"), "ANY /{proxy+} [pets/cat]");
    let two = ["GET /a/b", "POST /a/{x}", "PUT /{x}/b", "$default"];
    assert_eq!(answer(Protocol::Http, &two, "GET /a/b"), "GET /a/b");
    assert_eq!(answer(Protocol::Http, &two, "POST /a/b"), "POST /a/{x} [b]");
    assert_eq!(answer(Protocol::Http, &two, "PUT /a/b"), "PUT /{x}/b [a]");
    assert_eq!(answer(Protocol::Http, &two, "DELETE /a/b"), "$default");
    assert_eq!(answer(Protocol::Http, &two[..3], "DELETE /a/b"), "none");
}

#[test]
fn slashes_at_the_end_are_part_of_http_apis_only() {
    let keys = ["GET /pets", "GET /files/{proxy+}"];
    assert_eq!(answer(Protocol::Http, &keys, "GET /pets/"), "none");
    assert_eq!(answer(Protocol::Rest, &keys, "GET /pets/"), "GET /pets");
    assert_eq!(answer(Protocol::Http, &keys, "GET /files/"), "GET /files/{proxy+} []");
    assert_eq!(answer(Protocol::Http, &keys, "GET /files"), "none");
    assert_eq!(answer(Protocol::Rest, &keys, "GET /files/"), "none");
    assert_eq!(answer(Protocol::Http, &keys, "GET /files/a/"), "GET /files/{proxy+} [a/]");
    assert_eq!(answer(Protocol::Rest, &keys, "GET /files/a/"), "GET /files/{proxy+} [a]");
    assert_eq!(answer(Protocol::Rest, &["GET /"], "GET /"), "GET /");
    assert_eq!(answer(Protocol::Rest, &["GET /"], "GET //"), "GET /");
    assert_eq!(answer(Protocol::Rest, &["GET /{proxy+}"], "GET /"), "none");
}

#[test]
fn segments_are_compared_decoded_and_captured_raw() {
    let keys = ["GET /café/{id}"];
    assert_eq!(answer(Protocol::Http, &keys, "GET /caf%C3%A9/a%2Fb"), "GET /café/{id} [a%2Fb]");
    assert_eq!(answer(Protocol::Http, &["GET /a/b"], "GET /a%2Fb"), "none");
    assert_eq!(answer(Protocol::Http, &["GET /a/b"], "GET /%61/b"), "GET /a/b");
    assert_eq!(answer(Protocol::Http, &["GET /{id}"], "GET /"), "none");
    assert_eq!(answer(Protocol::Http, &["GET /a/{id}/b"], "GET /a//b"), "none");
}

/// Which route answers, found by looking at every route.
fn by_search(keys: &[&str], name: &str, path: &str) -> Option<usize> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let rank = |key: &str| -> Option<Vec<u8>> {
        let (method, pattern) = key.split_once(' ')?;
        if method != "ANY" && method != name {
            return None;
        }
        let mut rank = Vec::new();
        let wanted: Vec<&str> = pattern.split('/').skip(1).collect();
        for (at, want) in wanted.iter().enumerate() {
            if want.ends_with("+}") {
                // Nothing follows, so at least one segment is left for it.
                (at < segments.len()).then_some(())?;
                rank.push(2);
                rank.push(u8::from(method == "ANY"));
                return Some(rank);
            }
            let have = segments.get(at)?;
            match want.starts_with('{') {
                true if !have.is_empty() => rank.push(1),
                false if want == have => rank.push(0),
                _ => return None,
            }
        }
        rank.push(u8::from(method == "ANY"));
        (wanted.len() == segments.len()).then_some(rank)
    };
    let ranked = keys.iter().enumerate().filter_map(|(index, key)| Some((rank(key)?, index)));
    ranked.min().map(|(_, index)| index)
}

fn keys() -> impl Strategy<Value = Vec<String>> {
    let key = "(GET|POST|ANY)( /(a|b|\\{x\\})){1}(/(a|b|c|\\{y\\})){0,3}(/\\{z\\+\\})?";
    prop::collection::vec(key, 1..24)
}

proptest! {
    #[test]
    fn the_tree_finds_what_a_search_finds(
        keys in keys(),
        name in "(GET|POST|PUT)",
        path in "(/(a|b|c|d)){1,6}/?",
    ) {
        let mut unique: Vec<&str> = Vec::new();
        for key in &keys {
            let plain = |key: &str| key.replace("{x}", "{}").replace("{y}", "{}");
            if unique.iter().all(|known| plain(known) != plain(key)) {
                unique.push(key);
            }
        }
        let method: Method = name.parse().expect("method");
        let found = routes(Protocol::Http, &unique).find(&method, &path);
        prop_assert_eq!(found.map(|found| found.route), by_search(&unique, &name, &path));
    }

    #[test]
    fn any_path_is_answered(path in "/\\PC*") {
        for protocol in [Protocol::Http, Protocol::Rest] {
            let routes = routes(protocol, PETS);
            if let Some(found) = routes.find(&Method::GET, &path) {
                for span in found.captures {
                    prop_assert!(path.get(span.start..span.end).is_some());
                }
            }
        }
    }
}
