//! Handovers to queues, which HTTP APIs have an integration of their own for.

use model::expression::{self, Piece};
use model::handover::{Handover, Receiver};
use model::{Api, Protocol, QueueName};

use crate::export::Export;
use crate::export::block::{self, Block};
use crate::export::ids::{Sort, pascal};
use crate::foreign::handover::{BODY, SEND_MESSAGE, VALUES};
use crate::yaml::Node;

impl Export<'_> {
    /// The integration; otherwise why a template cannot say it.
    pub(super) fn handed_over(
        &mut self,
        api: &Api,
        key: &str,
        handover: &Handover,
    ) -> Result<Block, &'static str> {
        let Handover { to, source: _, body, group, deduplication, attributes, subject: _ } =
            handover;
        let queue = match to {
            _ if api.protocol == Protocol::Rest => {
                return Err("a handover of a REST API, which needs mapping templates there");
            }
            Receiver::Queue { name, most_bytes: _ } => name,
            Receiver::Topic(_) => return Err("a handover to a topic, which HTTP APIs do not have"),
            Receiver::Function { .. } => {
                return Err("a function that runs later, which HTTP APIs do not have");
            }
        };
        let is_whole = body.as_ref().is_none_or(|body| body.as_str() == Some("{raw}"));
        if !is_whole || !attributes.is_empty() {
            return Err("a message that is made of the request");
        }
        let mut parameters = Block::new();
        let id = self.id(Sort::Queue, queue.as_str());
        parameters.put("QueueUrl", block::reference(&id));
        parameters.text("MessageBody", BODY);
        for (name, value) in [("MessageGroupId", group), ("MessageDeduplicationId", deduplication)]
        {
            let Some(value) = value else { continue };
            let value = value_of(value).ok_or("a group or deduplication of several values")?;
            parameters.text(name, &value);
        }
        let role = self.sender(key, queue);
        self.note(
            "AWS answers with what SQS answers, and not with 202",
            &["apis", api.name.as_str(), "routes", key],
        );
        let mut integration = Block::new();
        integration.text("type", "aws_proxy");
        integration.text("integrationSubtype", SEND_MESSAGE);
        integration.text("payloadFormatVersion", "1.0");
        integration.put("credentials", block::attribute(&role, "Arn"));
        integration.put("requestParameters", parameters.node());
        Ok(integration)
    }

    /// A role in which API Gateway may send to a queue. Gives its id.
    fn sender(&mut self, key: &str, queue: &QueueName) -> String {
        let id = self.ids.free(&(pascal(&key.to_ascii_lowercase()) + "Role"));
        let queue = self.id(Sort::Queue, queue.as_str());
        let mut service = Block::new();
        service.text("Service", "apigateway.amazonaws.com");
        let mut assumed = Block::new();
        assumed.put("Principal", service.node());
        let mut sends = Block::new();
        sends.put("Resource", block::attribute(&queue, "Arn"));
        let mut policy = Block::new();
        policy.text("PolicyName", "send");
        policy.put("PolicyDocument", allowed("sqs:SendMessage", sends));
        let mut properties = Block::new();
        properties.put("AssumeRolePolicyDocument", allowed("sts:AssumeRole", assumed));
        properties.put("Policies", block::list(vec![policy.node()]));
        self.add(&id, "AWS::IAM::Role", properties);
        id
    }
}

fn allowed(action: &str, more: Block) -> Node {
    let mut statement = Block::new();
    statement.text("Effect", "Allow");
    statement.text("Action", action);
    statement.append(more);
    let mut document = Block::new();
    document.text("Version", "2012-10-17");
    document.put("Statement", block::list(vec![statement.node()]));
    document.node()
}

/// One value of the request, or a fixed text, as HTTP APIs write it.
fn value_of(text: &str) -> Option<String> {
    match expression::parse(text).ok()?.as_slice() {
        [] => Some(String::new()),
        [Piece::Text(text)] => (!text.contains('$')).then(|| text.clone()),
        [Piece::Value(reference)] => {
            let written = reference.to_string();
            let inner = written.trim_start_matches('{').trim_end_matches('}');
            let (there, here) = VALUES.iter().find(|(_, here)| inner.starts_with(here))?;
            Some(inner.replacen(here, there, 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::value_of;

    #[test]
    fn one_value_of_the_request_can_be_said() {
        for (text, expected) in [
            ("{body.customer}", Some("$request.body.customer")),
            ("{query.page}", Some("$request.querystring.page")),
            ("{header.x-team}", Some("$request.header.x-team")),
            ("all", Some("all")),
            ("a {{b}}", Some("a {b}")),
            ("{path.a}-{path.b}", None),
            ("{body}", None),
        ] {
            assert_eq!(value_of(text).as_deref(), expected, "{text}");
        }
    }
}
