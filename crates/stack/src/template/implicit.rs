//! APIs that events imply: those that name none share one of each kind, which the template does not declare.

use crate::source::Span;
use crate::template::values::{HTTP_API, REST_API, REST_STAGE};
use crate::yaml::{Entry, Node, Value};

/// The type of event, its property that names an API, and the API that it shares otherwise, with its type.
const IMPLIED: [(&str, &str, &str, &str); 2] = [
    ("Api", "RestApiId", REST_API, "AWS::Serverless::Api"),
    ("HttpApi", "ApiId", HTTP_API, "AWS::Serverless::HttpApi"),
];

/// The template with these APIs, so that its globals are theirs, too.
pub(super) fn apply(tree: &Node) -> Node {
    let mut tree = tree.clone();
    let missing: Vec<Entry> = IMPLIED
        .iter()
        .filter_map(|(event, property, api, kind)| {
            let span = first(&tree, event, property, api)?;
            Some(Entry::new(*api, span, resource(span, api, kind)))
        })
        .collect();
    if let Value::Mapping(sections) = &mut tree.value
        && let Some(resources) = sections.iter_mut().find(|it| it.key.text == "Resources")
        && let Value::Mapping(resources) = &mut resources.value.value
    {
        for api in missing {
            if !resources.iter().any(|it| it.key.text == api.key.text) {
                resources.push(api);
            }
        }
    }
    tree
}

/// Where the first event stands that means the API.
fn first(tree: &Node, event: &str, property: &str, api: &str) -> Option<Span> {
    let resources = tree.get("Resources").map(Node::entries).unwrap_or_default();
    let functions = resources.iter().map(|it| &it.value);
    let functions = functions
        .filter(|it| it.get("Type").and_then(Node::as_text) == Some("AWS::Serverless::Function"));
    let events = functions.filter_map(|it| it.get("Properties")?.get("Events"));
    let mut events = events.flat_map(Node::entries);
    let found = events.find(|it| {
        let is_kind = it.value.get("Type").and_then(Node::as_text) == Some(event);
        let named = it.value.get("Properties").and_then(|it| it.get(property));
        let name = named.and_then(|it| it.as_text().or_else(|| it.get("Ref")?.as_text()));
        is_kind && (named.is_none() || name == Some(api))
    });
    found.map(|it| it.key.span)
}

fn resource(span: Span, api: &str, kind: &str) -> Node {
    let mut properties = Vec::new();
    if api == REST_API {
        properties.push(Entry::new("StageName", span, Node::text(span, REST_STAGE)));
    }
    let kind = Entry::new("Type", span, Node::text(span, kind));
    let properties = Entry::new("Properties", span, Node::mapping(span, properties));
    Node::mapping(span, vec![kind, properties])
}
