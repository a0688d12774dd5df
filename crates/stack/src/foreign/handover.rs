//! Integrations of HTTP APIs that send the request to a queue: `SQS-SendMessage`.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html>

use super::{Fields, Key, Use};
use crate::problem::{Code, Problem, Told};
use crate::yaml::{Entry, Node, shorten};

pub(crate) const SEND_MESSAGE: &str = "SQS-SendMessage";
/// The request's body as it came.
pub(crate) const BODY: &str = "$request.body";

/// Where a value of the request is found, there and in expressions here.
pub(crate) const VALUES: [(&str, &str); 4] = [
    ("$request.body.", "body."),
    ("$request.header.", "header."),
    ("$request.querystring.", "query."),
    ("$request.path.", "path."),
];

const KEYS: [Key; 8] = [
    ("QueueUrl", Use::Read),
    ("MessageBody", Use::Read),
    ("MessageGroupId", Use::Read),
    ("MessageDeduplicationId", Use::Read),
    ("Region", Use::Note("has no meaning here")),
    ("DelaySeconds", Use::Unsupported),
    ("MessageAttributes", Use::Unsupported),
    ("MessageSystemAttributes", Use::Unsupported),
];

/// The keys of a route for an integration of this subtype. `None` once it has been told why not.
pub(crate) fn lower(
    subtype: &Node,
    parameters: Option<&Node>,
    told: &mut Told,
) -> Option<Vec<Entry>> {
    let text = subtype.as_text().unwrap_or_default();
    if text != SEND_MESSAGE {
        let message = format!("integrations of the subtype `{}` are not supported", shorten(text));
        told.unsupported(message, subtype.span);
        return None;
    }
    let empty = Node::mapping(subtype.span, Vec::new());
    let fields = Fields::open(parameters.unwrap_or(&empty), "a message", &KEYS, told)?;
    let (Some(queue), Some(body)) = (fields.get("QueueUrl"), fields.get("MessageBody")) else {
        let message = format!("`{SEND_MESSAGE}` needs `QueueUrl` and `MessageBody`");
        told.problems.push(Problem::new(Code::MissingKey, message).at(fields.span, ""));
        return None;
    };
    let url = queue.as_text().unwrap_or_default();
    let Some(name) = url.strip_prefix("${queue:").and_then(|rest| rest.strip_suffix(".url}"))
    else {
        told.unsupported(format!("`{}` is no queue of this stack", shorten(url)), queue.span);
        return None;
    };
    if body.as_text() != Some(BODY) {
        told.unsupported(format!("messages other than `{BODY}` are not supported"), body.span);
        return None;
    }
    let span = subtype.span;
    let mut route = vec![Entry::new("queue", span, Node::text(span, name))];
    for (key, own) in [("MessageGroupId", "group"), ("MessageDeduplicationId", "deduplication")] {
        let Some(node) = fields.get(key) else { continue };
        let Some(text) = node.as_text().and_then(expression) else {
            told.unsupported("mapping of this value is not supported", node.span);
            return None;
        };
        route.push(Entry::new(own, node.span, Node::text(node.span, text)));
    }
    let message = "requests are answered with 202 and the id of the message here, and with SQS's own answer on AWS";
    told.note(message, span);
    Some(route)
}

/// A value of the request, or a text that says nothing but itself.
fn expression(text: &str) -> Option<String> {
    let found = VALUES.iter().find_map(|(there, here)| {
        let name = text.strip_prefix(there)?;
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        (!name.is_empty() && name.chars().all(is_name)).then(|| format!("{{{here}{name}}}"))
    });
    found.or_else(|| (!text.contains('$')).then(|| text.replace('{', "{{").replace('}', "}}")))
}

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn values_of_requests_become_expressions() {
        for (text, expected) in [
            ("$request.body.customer.id", Some("{body.customer.id}")),
            ("$request.header.x-team", Some("{header.x-team}")),
            ("$request.querystring.page", Some("{query.page}")),
            ("all", Some("all")),
            ("{all}", Some("{{all}}")),
            ("$context.requestId", None),
            ("${request.path.a}-b", None),
            ("$request.body.", None),
        ] {
            assert_eq!(expression(text).as_deref(), expected, "{text}");
        }
    }
}
