//! Who may do what: nothing is asked here, and AWS asks everywhere. What a function's variables name, its code
//! may use, and what sends to a queue may send to it.

use model::{Function, ResourceKind};

use super::Export;
use super::block::{self, Block};
use super::ids::Sort;
use crate::yaml::Node;

impl Export<'_> {
    /// Policies for what the variables of a function name.
    pub(super) fn policies(&self, function: &Function) -> Vec<Node> {
        let account = self.account();
        let names = |end: &str| {
            function.environment.values().any(|value| {
                value.match_indices(end).any(|(at, _)| {
                    let after = value[at + end.len()..].chars().next();
                    !after.is_some_and(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
                })
            })
        };
        let mut policies = Vec::new();
        for id in self.stack.resources.keys() {
            let name = &*id.name;
            match id.kind {
                ResourceKind::Queue
                    if names(&format!("/{}/{name}", account.id))
                        || names(account.arn("sqs", name).as_str()) =>
                {
                    let queue = self.id(Sort::Queue, name);
                    for policy in ["SQSSendMessagePolicy", "SQSPollerPolicy"] {
                        let name = block::attribute(&queue, "QueueName");
                        policies.push(of_template(policy, "QueueName", name));
                    }
                }
                ResourceKind::Topic if names(account.arn("sns", name).as_str()) => {
                    let name = block::attribute(&self.id(Sort::Topic, name), "TopicName");
                    policies.push(of_template("SNSPublishMessagePolicy", "TopicName", name));
                }
                ResourceKind::StoredParameter if names(name) => {
                    let name = block::text(name.trim_start_matches('/'));
                    policies.push(of_template("SSMParameterReadPolicy", "ParameterName", name));
                }
                _ => {}
            }
        }
        for name in self.stack.functions.keys() {
            if names(account.arn("lambda", format_args!("function:{name}")).as_str()) {
                // A reference would let two functions that name each other wait for each other.
                let name = block::text(name.as_str());
                policies.push(of_template("LambdaInvokePolicy", "FunctionName", name));
            }
        }
        policies
    }

    /// Lets a service send to a queue of the stack.
    pub(super) fn sends(&mut self, service: &'static str, queue: &str) {
        let id = self.id(Sort::Queue, queue);
        self.senders.entry(id).or_default().insert(service);
    }

    pub(super) fn queue_policies(&mut self) {
        for (queue, services) in std::mem::take(&mut self.senders) {
            let mut principal = Block::new();
            principal.put("Service", block::list(services.into_iter().map(block::text).collect()));
            let mut statement = Block::new();
            statement.text("Effect", "Allow");
            statement.put("Principal", principal.node());
            statement.text("Action", "sqs:SendMessage");
            statement.put("Resource", block::attribute(&queue, "Arn"));
            let mut document = Block::new();
            document.text("Version", "2012-10-17");
            document.put("Statement", block::list(vec![statement.node()]));
            let mut properties = Block::new();
            properties.put("Queues", block::list(vec![block::reference(&queue)]));
            properties.put("PolicyDocument", document.node());
            let id = self.ids.free(&format!("{queue}Policy"));
            self.add(&id, "AWS::SQS::QueuePolicy", properties);
        }
    }
}

/// One of the policies that the Serverless Application Model has ready.
fn of_template(policy: &str, key: &str, value: Node) -> Node {
    let mut inner = Block::new();
    inner.put(key, value);
    let mut outer = Block::new();
    outer.put(policy, inner.node());
    outer.node()
}
