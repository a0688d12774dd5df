//! API Gateway's extensions of a document, and what each means here.

use super::near;
use crate::foreign::Use;
use crate::problem::{Code, Problem, Told};
use crate::yaml::Node;

/// All of API Gateway's begin so.
const PREFIX: &str = "x-amazon-apigateway-";

const NOWHERE: Use = Use::Note("has no meaning here");

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>
const KNOWN: [(&str, Use); 27] = [
    ("x-amazon-apigateway-integration", Use::Read),
    ("x-amazon-apigateway-integrations", Use::Read),
    ("x-amazon-apigateway-any-method", Use::Read),
    ("x-amazon-apigateway-cors", Use::Read),
    ("x-amazon-apigateway-binary-media-types", Use::Read),
    ("x-amazon-apigateway-api-key-source", Use::Read),
    ("x-amazon-apigateway-authorizer", Use::Read),
    ("x-amazon-apigateway-authtype", Use::Read),
    ("x-amazon-apigateway-importexport-version", Use::Nothing),
    ("x-amazon-apigateway-tag-value", Use::Nothing),
    ("x-amazon-apigateway-documentation", Use::Nothing),
    ("x-amazon-apigateway-request-validators", Use::Read),
    ("x-amazon-apigateway-request-validator", Use::Read),
    ("x-amazon-apigateway-gateway-responses", Use::Unsupported),
    ("x-amazon-apigateway-auth", Use::Unsupported),
    ("x-amazon-apigateway-policy", NOWHERE),
    ("x-amazon-apigateway-endpoint-configuration", NOWHERE),
    ("x-amazon-apigateway-minimum-compression-size", NOWHERE),
    ("x-amazon-apigateway-security-policy", NOWHERE),
    ("x-amazon-apigateway-endpoint-access-mode", NOWHERE),
    ("x-amazon-apigateway-import-mode", Use::Nothing),
    ("x-amazon-apigateway-fail-on-warnings", Use::Nothing),
    ("x-amazon-apigateway-route-selection-expression", Use::Unsupported),
    ("x-amazon-apigateway-integration-response-parameters", Use::Unsupported),
    ("x-amazon-apigateway-gateway-response", Use::Unsupported),
    ("x-amazon-apigateway-api-id", Use::Nothing),
    ("x-amazon-apigateway-version", Use::Nothing),
];

/// Tells about those of `node`, which is the document, a path or an operation.
pub(super) fn check(node: &Node, told: &mut Told) {
    for entry in node.entries() {
        let (name, span) = (&*entry.key.text, entry.key.span);
        if !name.starts_with(PREFIX) {
            continue;
        }
        match KNOWN.iter().find(|(known, _)| *known == name) {
            Some((_, Use::Read | Use::Nothing)) => {}
            Some((_, Use::Note(why))) => told.note(format!("`{name}` {why}"), span),
            Some((_, Use::Unsupported)) => {
                told.unsupported(format!("`{name}` is not supported"), span);
            }
            None => {
                let message = format!("`{name}` is no extension of API Gateway");
                let help = near(name, KNOWN.iter().map(|(known, _)| *known));
                let problem = Problem::new(Code::UnknownKey, message).at(span, "");
                told.problems.push(problem.maybe_help(help));
            }
        }
    }
}
