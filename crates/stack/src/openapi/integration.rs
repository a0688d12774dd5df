//! `x-amazon-apigateway-integration`: what a route calls.

use super::mock;
use super::target::{self, Target};
use crate::foreign::{Fields, Key, Use, handover};
use crate::problem::{Code, Problem, Told};
use crate::source::Span;
use crate::yaml::{Entry, Node, shorten};

const KEYS: [Key; 19] = [
    ("type", Use::Read),
    ("uri", Use::Read),
    ("httpMethod", Use::Read),
    ("payloadFormatVersion", Use::Read),
    ("timeoutInMillis", Use::Read),
    ("requestParameters", Use::Read),
    ("requestTemplates", Use::Read),
    ("responses", Use::Read),
    ("connectionType", Use::Read),
    ("passthroughBehavior", Use::Nothing),
    ("cacheNamespace", Use::Nothing),
    ("cacheKeyParameters", Use::Nothing),
    ("credentials", Use::Note("has no meaning here")),
    ("contentHandling", Use::Unsupported),
    ("connectionId", Use::Unsupported),
    ("integrationSubtype", Use::Read),
    ("responseParameters", Use::Unsupported),
    ("responseTransferMode", Use::Unsupported),
    ("tlsConfig", Use::Unsupported),
];

/// The keys of the route. `None` once it has been told why not.
pub(super) fn lower(
    node: &Node,
    method: &str,
    span: Span,
    upstreams: &mut Vec<Entry>,
    told: &mut Told,
) -> Option<Vec<Entry>> {
    let fields = Fields::open(node, "an integration", &KEYS, told)?;
    if let Some(kind) = fields.get("connectionType").filter(|it| it.as_text() != Some("INTERNET")) {
        told.unsupported("connections through a VPC link are not supported", kind.span);
    }
    let Some(kind) = fields.get("type") else {
        let problem = Problem::new(Code::MissingKey, "an integration needs `type`");
        told.problems.push(problem.at(node.span, "").help("`aws_proxy`, `http_proxy` or `mock`"));
        return None;
    };
    let text = kind.as_text().unwrap_or_default().to_ascii_lowercase();
    if let Some(subtype) = fields.get("integrationSubtype").filter(|_| text != "aws_proxy") {
        told.unsupported(
            "`integrationSubtype` of such an integration is not supported",
            subtype.span,
        );
    }
    let mut route = match &*text {
        "aws_proxy" => function(&fields, span, told)?,
        "http_proxy" => server(&fields, method, span, upstreams, told)?,
        "mock" => vec![Entry::new("mock", span, mock::lower(&fields, told)?)],
        "aws" | "http" => {
            let message = format!("`{text}` integrations with templates are not supported");
            told.unsupported(message, kind.span);
            return None;
        }
        other => {
            let message = format!("`{}` is no type of integration", shorten(other));
            let problem = Problem::new(Code::UnknownValue, message).at(kind.span, "");
            told.problems.push(problem.help("use `aws_proxy`, `http_proxy` or `mock`"));
            return None;
        }
    };
    let timeout = fields.get("timeoutInMillis").and_then(|node| Some((node, node.as_text()?)));
    if let Some((node, millis)) = timeout {
        route.push(Entry::new("timeout", node.span, Node::plain(node.span, format!("{millis}ms"))));
    }
    Some(route)
}

fn uri<'a>(fields: &Fields<'a>, told: &mut Told) -> Option<&'a Node> {
    let uri = fields.get("uri");
    if uri.is_none() {
        let problem = Problem::new(Code::MissingKey, "an integration needs `uri`");
        told.problems.push(problem.at(fields.span, ""));
    }
    uri
}

fn function(fields: &Fields<'_>, span: Span, told: &mut Told) -> Option<Vec<Entry>> {
    if let Some(subtype) = fields.get("integrationSubtype") {
        return handover::lower(subtype, fields.get("requestParameters"), told);
    }
    let uri = uri(fields, told)?;
    let Target::Function(name) = target::of(uri) else {
        let text = uri.as_text().unwrap_or_default();
        let message = format!("`{}` is no function, and not supported", shorten(text));
        told.unsupported(message, uri.span);
        return None;
    };
    refuse_parameters(fields, told);
    let mut route = vec![Entry::new("function", span, Node::text(uri.span, name))];
    if let Some(version) = fields.get("payloadFormatVersion") {
        route.push(Entry::new("payload", version.span, version.clone()));
    }
    Some(route)
}

/// Parameters of a path go on under their own name; nothing else is mapped.
fn refuse_parameters(fields: &Fields<'_>, told: &mut Told) {
    for entry in fields.get("requestParameters").map(Node::entries).unwrap_or_default() {
        let name = entry.key.text.strip_prefix("integration.request.path.");
        let same = entry.value.as_text().and_then(|it| it.strip_prefix("method.request.path."));
        if name.is_none() || name != same {
            told.unsupported("mapping of parameters is not supported", entry.key.span);
        }
    }
}

fn server(
    fields: &Fields<'_>,
    method: &str,
    span: Span,
    upstreams: &mut Vec<Entry>,
    told: &mut Told,
) -> Option<Vec<Entry>> {
    let uri = uri(fields, told)?;
    let Target::Server { address, path } = target::of(uri) else {
        let problem = Problem::new(Code::Url, "an HTTP integration needs an address as its `uri`");
        told.problems
            .push(problem.at(uri.span, "").help("write one such as `http://host:8080/path`"));
        return None;
    };
    if let Some(sent) = fields.get("httpMethod")
        && !sent.as_text().is_some_and(|sent| sent == "ANY" || sent.eq_ignore_ascii_case(method))
    {
        told.unsupported("another method towards the server is not supported", sent.span);
    }
    refuse_parameters(fields, told);
    let name = super::document::name_of(&address);
    if !upstreams.iter().any(|known| known.key.text == name) {
        let url = Node::text(uri.span, address);
        let upstream = Node::mapping(uri.span, vec![Entry::new("url", uri.span, url)]);
        upstreams.push(Entry::new(name.clone(), uri.span, upstream));
    }
    let path = if path.is_empty() { "/".to_owned() } else { path.replace("+}", "}") };
    Some(vec![
        Entry::new("upstream", span, Node::text(uri.span, name)),
        Entry::new("path", span, Node::text(uri.span, path)),
    ])
}
