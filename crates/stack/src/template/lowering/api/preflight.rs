//! Cross-origin settings of REST APIs. As in API Gateway they answer preflight requests only: the headers of other
//! answers are the functions' own business.

use crate::template::bag::Bag;
use crate::template::lowering::Lowering;
use crate::template::native::{ApiDraft, Draft};
use crate::yaml::{Entry, Node};

/// What answers preflight requests of a path.
#[derive(Debug, Clone)]
pub(in crate::template) struct Preflight {
    /// But for the methods.
    headers: Vec<Entry>,
    /// Those of the path's routes, when there are none.
    methods: Option<String>,
    at: Node,
}

const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

impl Lowering<'_> {
    /// `Cors`, whose texts are quoted once more: `"'*'"`.
    pub(super) fn preflight(&mut self, written: &Node) -> Option<Preflight> {
        let at = Node::plain(written.span, "");
        let mut headers = Vec::new();
        let mut header = |name: &str, text: String| {
            headers.push(Entry::new(name, written.span, Node::text(written.span, text)));
        };
        if let Some(origin) = written.as_text() {
            header("Access-Control-Allow-Origin", unquoted(origin));
            return Some(Preflight { headers, methods: None, at });
        }
        if written.entries().is_empty() {
            self.refuse(
                "`Cors` is an origin, or a mapping such as `AllowOrigin: \"'*'\"`",
                written.span,
            );
            return None;
        }
        let mut bag = Bag::of("Cors", written);
        let origin = self.evaluated(bag.take("AllowOrigin"));
        header("Access-Control-Allow-Origin", origin.map_or("*".to_owned(), |it| unquoted(&it)));
        for (theirs, ours) in [
            ("AllowHeaders", "Access-Control-Allow-Headers"),
            ("MaxAge", "Access-Control-Max-Age"),
            ("AllowCredentials", "Access-Control-Allow-Credentials"),
        ] {
            let text = self.evaluated(bag.take(theirs));
            let is_told =
                |text: &String| ours != "Access-Control-Allow-Credentials" || is_true(text);
            if let Some(text) = text.filter(is_told) {
                header(ours, unquoted(&text).to_owned());
            }
        }
        let methods = self.evaluated(bag.take("AllowMethods")).map(|text| unquoted(&text));
        bag.finish(self.told);
        Some(Preflight { headers, methods, at })
    }

    /// Has each path of an API answer preflight requests, but those that do so by themselves.
    pub(super) fn answer_preflight(&mut self, api: &mut ApiDraft) {
        let Some(preflight) = api.preflight.take() else { return };
        let mut paths: Vec<(String, Vec<String>)> = Vec::new();
        let routes = api.routes.iter().map(|it| &it.key.text).chain(&api.guarded);
        for (method, path) in routes.filter_map(|key| key.split_once(' ')) {
            match paths.iter_mut().find(|(known, _)| known == path) {
                Some((_, methods)) => methods.push(method.to_owned()),
                None => paths.push((path.to_owned(), vec![method.to_owned()])),
            }
        }
        let span = preflight.at.span;
        for (path, methods) in paths {
            if methods.iter().any(|it| it == "OPTIONS") {
                continue;
            }
            if api.guards_preflight
                && let Some(span) = api.guard
            {
                self.guarded(span);
                continue;
            }
            let route = preflight.route(&methods);
            api.route(format!("OPTIONS {path}"), span, route, self.told);
        }
    }
}

impl Preflight {
    fn route(&self, of_path: &[String]) -> Node {
        let span = self.at.span;
        let mut headers = self.headers.clone();
        let methods = self.methods.clone().unwrap_or_else(|| methods(of_path));
        headers.push(Entry::new("Access-Control-Allow-Methods", span, Node::text(span, methods)));
        headers.push(Entry::new("Content-Type", span, Node::text(span, "application/json")));
        let mut mock = Draft::new(span);
        mock.put("status", Node::plain(span, "200"));
        mock.put("headers", Node::mapping(span, headers));
        mock.put("body", Node::text(span, "{}\n"));
        let mut route = Draft::new(span);
        route.put("mock", mock.node());
        route.node()
    }
}

fn methods(of_path: &[String]) -> String {
    let is_any = of_path.iter().any(|it| it == "ANY");
    let allowed = METHODS
        .iter()
        .filter(|it| is_any || **it == "OPTIONS" || of_path.iter().any(|method| method == **it));
    allowed.copied().collect::<Vec<_>>().join(",")
}

fn unquoted(text: &str) -> String {
    text.trim_matches('\'').to_owned()
}

fn is_true(text: &String) -> bool {
    text.eq_ignore_ascii_case("true") || text == "'true'"
}
