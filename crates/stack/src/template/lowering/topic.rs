//! Topics of SNS and their subscriptions.

use super::Lowering;
use super::target::{Named, named};
use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::Node;

impl<'a> Lowering<'a> {
    pub(super) fn topic(&mut self, resource: &'a Resource<'a>) {
        let mut bag = self.bag(resource);
        bag.accept(&["TopicName"]);
        bag.note(
            &["KmsMasterKeyId", "DataProtectionPolicy", "DeliveryStatusLogging", "TracingConfig"],
            self.told,
        );
        let span = resource.key.span;
        let name = self.values.name(resource);
        let mut draft = Draft::new(span);
        let fifo = bag.take("FifoTopic");
        draft.put_some("fifo", self.unlike(&name, fifo));
        draft.put_some("display_name", self.value(bag.take("DisplayName")));
        if let Some(content) = bag.take("ContentBasedDeduplication")
            && self.flag(Some(content)) == Some(true)
        {
            draft.put("dedup", Node::plain(content.span, "content"));
        }
        let scope = bag.take("FifoThroughputScope");
        let by_group = self.one_of(scope, &[("Topic", "false"), ("MessageGroup", "true")]);
        draft.put_some("high_throughput", by_group);
        let signature = bag.take("SignatureVersion");
        draft.put_some("signature", self.one_of(signature, &[("1", "sha1"), ("2", "sha256")]));
        draft.put_some("tags", self.tags(bag.take("Tags")));
        let inline = self.value(bag.take("Subscription"));
        for subscription in inline.as_ref().map(Node::items).unwrap_or_default() {
            let bag = Bag::of("Subscription", subscription);
            self.subscription_to(name.clone(), subscription.span, bag);
        }
        bag.finish(self.told);
        self.native.add("topics", &name, span, draft.node(), self.told);
    }

    pub(super) fn subscription(&mut self, resource: &'a Resource<'a>) {
        let whole = Node::mapping(resource.key.span, resource.properties.to_vec());
        let Some(properties) = self.value(Some(&whole)) else { return };
        let mut bag = Bag::of(resource.kind, &properties);
        let Some(topic) = bag.take("TopicArn").and_then(|node| self.topic_named(node)) else {
            self.refuse("a subscription needs the `TopicArn` of a topic", resource.key.span);
            return;
        };
        self.subscription_to(topic, resource.key.span, bag);
    }

    /// `bag` holds what a subscription says of itself beside its topic.
    fn subscription_to(&mut self, topic: String, span: Span, mut bag: Bag<'_>) {
        let mut draft = Draft::new(span);
        let (protocol, endpoint) = (bag.take("Protocol"), bag.take("Endpoint"));
        let (Some(protocol), Some(endpoint)) = (self.evaluated(protocol), endpoint) else {
            self.refuse("a subscription needs `Protocol` and `Endpoint`", span);
            return;
        };
        match &*protocol {
            "sqs" => draft.put_some("queue", self.queue_named(endpoint)),
            "lambda" => {
                let function = self.function_named(endpoint);
                draft.put_some("function", function.map(|name| Node::text(endpoint.span, name)));
            }
            "http" | "https" => draft.put("url", endpoint.clone()),
            "email" | "email-json" => draft.put("email", endpoint.clone()),
            other => {
                let message = format!("subscriptions by `{other}` are not supported");
                self.told.unsupported(message, span);
                return;
            }
        }
        self.delivered(&mut draft, &mut bag);
        bag.note(&["Region", "SubscriptionRoleArn"], self.told);
        bag.finish(self.told);
        self.subscriptions.push((topic, span, draft.node()));
    }

    /// Which messages a subscription gets, and how.
    pub(super) fn delivered(&mut self, draft: &mut Draft, bag: &mut Bag<'_>) {
        let filter = bag.take("FilterPolicy");
        draft.put_some("filter", self.parsed(filter));
        if let Some(scope) = bag.take("FilterPolicyScope")
            && let Some(text) = self.evaluated(Some(scope))
        {
            let part = if text == "MessageBody" { "body" } else { "attributes" };
            draft.put("filter_on", Node::plain(scope.span, part));
        }
        let raw = bag.take("RawMessageDelivery");
        draft.put_some("raw", self.plain_of(raw, "").map(super::trigger::lower));
        let redrive = bag.take("RedrivePolicy");
        let redrive = self.parsed(redrive);
        let dead = redrive.as_ref().and_then(|node| node.get("deadLetterTargetArn"));
        draft.put_some("dead_letters", dead.and_then(|node| self.queue_named(node)));
    }

    /// The name of a topic that an ARN or a reference means.
    pub(super) fn topic_named(&mut self, node: &Node) -> Option<String> {
        let text = self.evaluated(Some(node))?;
        let Some(Named::Topic(name)) = named(&text) else {
            self.told.unsupported(format!("`{text}` is not a topic of this template"), node.span);
            return None;
        };
        Some(name)
    }
}
