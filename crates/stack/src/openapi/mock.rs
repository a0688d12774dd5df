//! Mock integrations: an answer that is always the same.

use crate::foreign::{Fields, Key, Use};
use crate::problem::Told;
use crate::yaml::{Entry, Node, Value};

const RESPONSE: [Key; 4] = [
    ("statusCode", Use::Read),
    ("responseParameters", Use::Read),
    ("responseTemplates", Use::Read),
    ("contentHandling", Use::Unsupported),
];

const JSON: &str = "application/json";
const HEADER: &str = "method.response.header.";

/// The manifest's `mock`. Without an answer that fits, API Gateway would say 500.
pub(super) fn lower(fields: &Fields<'_>, told: &mut Told) -> Option<Node> {
    let responses = fields.get("responses").map(Node::entries).unwrap_or_default();
    let wanted = wanted(fields);
    let response = responses
        .iter()
        .find(|entry| wanted.as_deref() == Some(&*entry.key.text))
        .or_else(|| responses.iter().find(|entry| entry.key.text == "default"));
    let Some(response) = response else {
        told.unsupported("a mock without a default answer is not supported", fields.span);
        return None;
    };
    let answer = Fields::open(&response.value, "a response", &RESPONSE, told)?;
    let span = response.key.span;
    let mut mock = Vec::new();
    if let Some(status) = answer.get("statusCode") {
        let text = status.as_text().unwrap_or_default();
        mock.push(Entry::new("status", status.span, Node::plain(status.span, text)));
    }
    let mut headers = headers(&answer, told);
    if let Some((kind, body)) = body(&answer, told) {
        let is_typed = headers.iter().any(|it| it.key.text.eq_ignore_ascii_case("content-type"));
        if !is_typed {
            headers.push(Entry::new("Content-Type", body.span, Node::text(body.span, kind)));
        }
        mock.push(Entry::new("body", body.span, body));
    }
    if !headers.is_empty() {
        mock.push(Entry::new("headers", span, Node::mapping(span, headers)));
    }
    Some(Node::mapping(span, mock))
}

/// The status that the request's template asks for: `{"statusCode": 204}`.
fn wanted(fields: &Fields<'_>) -> Option<String> {
    let template = fields.get("requestTemplates")?.get(JSON)?;
    let text = template.as_text()?;
    let json: serde_json::Value = serde_json::from_str(text)
        .ok()
        // Documents often write it without quotes, as YAML allows.
        .or_else(|| Some(serde_json::json!({ "statusCode": digits(text)? })))?;
    Some(json.get("statusCode")?.to_string().trim_matches('"').to_owned())
}

fn digits(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("statusCode")?;
    let digits: String =
        rest.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    (digits.len() == 3).then_some(digits)
}

/// Headers with a fixed value: `method.response.header.X: "'value'"`.
fn headers(answer: &Fields<'_>, told: &mut Told) -> Vec<Entry> {
    let mut headers = Vec::new();
    for entry in answer.get("responseParameters").map(Node::entries).unwrap_or_default() {
        let name = entry.key.text.strip_prefix(HEADER);
        let quoted = entry.value.as_text();
        let value = quoted.and_then(|text| text.strip_prefix('\'')?.strip_suffix('\''));
        match (name, value) {
            (Some(name), Some(value)) => {
                let value = Node::text(entry.value.span, value);
                headers.push(Entry::new(name, entry.key.span, value));
            }
            _ => told.unsupported("only fixed headers of a mock are supported", entry.key.span),
        }
    }
    headers
}

/// The answer's body and its type, unless the template would compute it.
fn body(answer: &Fields<'_>, told: &mut Told) -> Option<(String, Node)> {
    let Value::Mapping(templates) = &answer.get("responseTemplates")?.value else { return None };
    let template = templates.iter().find(|it| it.key.text == JSON).or(templates.first())?;
    let text = template.value.as_text()?;
    if text.contains(['$', '#']) {
        told.unsupported("templates that compute an answer are not supported", template.key.span);
        return None;
    }
    let body = Node::text(template.value.span, text);
    (!text.is_empty()).then(|| (template.key.text.clone(), body))
}
