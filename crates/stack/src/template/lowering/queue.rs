//! Queues of SQS.

use super::Lowering;
use super::target::{Named, named};
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::{Entry, Node, Value};

impl<'a> Lowering<'a> {
    pub(super) fn queue(&mut self, resource: &'a Resource<'a>) {
        let mut bag = self.bag(resource);
        bag.accept(&["QueueName", "FifoQueue", "RedriveAllowPolicy", "SqsManagedSseEnabled"]);
        bag.note(&["KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"], self.told);
        let span = resource.key.span;
        let mut draft = Draft::new(span);
        for (theirs, ours) in [
            ("VisibilityTimeout", "visibility"),
            ("DelaySeconds", "delay"),
            ("MessageRetentionPeriod", "retention"),
            ("ReceiveMessageWaitTimeSeconds", "wait"),
        ] {
            draft.put_some(ours, self.plain(bag.take(theirs), "s"));
        }
        draft.put_some("max_size", self.plain(bag.take("MaximumMessageSize"), "B"));
        if let Some(content) = bag.take("ContentBasedDeduplication")
            && self.flag(Some(content)) == Some(true)
        {
            draft.put("dedup", Node::plain(content.span, "content"));
        }
        let scope = bag.take("DeduplicationScope");
        let limit = bag.take("FifoThroughputLimit");
        if let (Some(_), Some(limit)) = (self.text(scope), self.text(limit))
            && limit == "perMessageGroupId"
        {
            draft.put("high_throughput", Node::plain(span, "true"));
        }
        let redrive = self.value(bag.take("RedrivePolicy"));
        draft.put_some("redrive", redrive.and_then(|node| self.redrive(&node)));
        draft.put_some("tags", self.tags(bag.take("Tags")));
        bag.finish(self.told);
        let name = self.values.name(resource);
        self.native.add("queues", &name, span, draft.node(), self.told);
    }

    fn redrive(&mut self, policy: &Node) -> Option<Node> {
        let mut bag = Bag::of("RedrivePolicy", policy);
        let (to, after) = (bag.take("deadLetterTargetArn"), bag.take("maxReceiveCount"));
        bag.finish(self.told);
        let to = self.queue_named(to?)?;
        let mut redrive = Draft::new(policy.span);
        redrive.put("to", to);
        if let Some(text) = self.evaluated(after) {
            redrive.put("after", Node::plain(after?.span, text));
        }
        Some(redrive.node())
    }

    /// The name of a queue that an ARN, a URL or a reference means.
    pub(super) fn queue_named(&mut self, node: &Node) -> Option<Node> {
        let text = self.evaluated(Some(node))?;
        let Some(Named::Queue(name)) = named(&text) else {
            self.told.unsupported(format!("`{text}` is not a queue of this template"), node.span);
            return None;
        };
        Some(Node::text(node.span, name))
    }

    /// `[{ Key, Value }]`, or a mapping, as a mapping of texts.
    pub(super) fn tags(&mut self, written: Option<&Node>) -> Option<Node> {
        let list = self.value(written)?;
        let mut tags = Vec::new();
        if let Value::Mapping(entries) = &list.value {
            for Entry { key, value } in entries {
                let text = self.evaluated(Some(value))?;
                tags.push(Entry { key: key.clone(), value: Node::text(value.span, text) });
            }
        }
        for tag in list.items() {
            let key = self.evaluated(tag.get("Key"))?;
            let value = self.evaluated(tag.get("Value")).unwrap_or_default();
            tags.push(Entry::new(key, tag.span, Node::text(tag.span, value)));
        }
        Some(Node::mapping(list.span, tags))
    }
}
