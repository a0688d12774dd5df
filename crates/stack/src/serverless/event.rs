//! What starts the functions of a service.

mod bridge;
mod http;
mod http_api;
mod request;
mod schedule;
mod sns;
mod sqs;

use super::function::Function;
use super::service::Service;
use crate::problem::{Code, Problem};
use crate::shape::did_you_mean;
use crate::source::Span;
use crate::yaml::{Node, shorten};

/// A function, and where one of its events is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event<'a> {
    pub(super) function: &'a str,
    /// The function's key in the service.
    pub(super) key: &'a str,
    pub(super) span: Span,
    pub(super) node: &'a Node,
}

const READ: [&str; 7] =
    ["http", "httpApi", "sqs", "sns", "schedule", "eventBridge", "cloudwatchEvent"];

const UNSUPPORTED: [&str; 16] = [
    "s3",
    "stream",
    "kafka",
    "msk",
    "activemq",
    "rabbitmq",
    "alb",
    "websocket",
    "iot",
    "iotFleetProvisioning",
    "alexaSkill",
    "alexaSmartHome",
    "cloudwatchLog",
    "cognitoUserPool",
    "cloudFront",
    "documentDB",
];

pub(super) fn lower(service: &mut Service<'_>, function: &Function<'_>) {
    let payload = http_api::payload(service, &function.fields);
    for written in function.fields.get("events").map(Node::each).unwrap_or_default() {
        // `- httpApi: ...`, or `- alexaSkill` alone.
        let (kind, span, node) = match written.entries() {
            [] => (written.as_text().unwrap_or_default(), written.span, written),
            [entry, ..] => (&*entry.key.text, entry.key.span, &entry.value),
        };
        let event = Event { function: &function.name, key: &function.key.text, span, node };
        match kind {
            "http" => http::lower(service, event),
            "httpApi" => http_api::lower(service, event, payload.as_ref()),
            "sqs" => sqs::lower(service, event),
            "sns" => sns::lower(service, event),
            "schedule" => schedule::lower(service, event),
            "eventBridge" | "cloudwatchEvent" => bridge::lower(service, event),
            known if UNSUPPORTED.contains(&known) => {
                service.told.unsupported(format!("`{known}` events are not supported"), span);
            }
            other => {
                let message = format!("`{}` is no kind of event", shorten(other));
                let near = did_you_mean(other, READ.into_iter().chain(UNSUPPORTED));
                let problem = Problem::new(Code::UnknownValue, message).at(span, "");
                service.told.problems.push(problem.maybe_help(near));
            }
        }
    }
}
