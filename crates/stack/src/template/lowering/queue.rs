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
        bag.accept(&["QueueName", "SqsManagedSseEnabled"]);
        bag.note(&["KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"], self.told);
        let span = resource.key.span;
        let name = self.values.name(resource);
        let mut draft = Draft::new(span);
        let fifo = bag.take("FifoQueue");
        draft.put_some("fifo", self.unlike(&name, fifo));
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
        let (scope, limit) = (bag.take("DeduplicationScope"), bag.take("FifoThroughputLimit"));
        draft.put_some("high_throughput", self.high_throughput(scope, limit));
        let redrive = self.value(bag.take("RedrivePolicy"));
        draft.put_some("redrive", redrive.and_then(|node| self.redrive(&node)));
        let allow = self.value(bag.take("RedriveAllowPolicy"));
        draft.put_some("redrive_from", self.redrive_from(allow.as_ref()));
        draft.put_some("tags", self.tags(bag.take("Tags")));
        bag.finish(self.told);
        self.native.add("queues", &name, span, draft.node(), self.told);
    }

    /// What says FIFO or not, where the name says otherwise: one of them is wrong.
    pub(super) fn unlike(&mut self, name: &str, fifo: Option<&Node>) -> Option<Node> {
        let is_fifo = self.flag(fifo)?;
        let span = fifo?.span;
        (is_fifo != name.ends_with(".fifo")).then(|| Node::plain(span, is_fifo.to_string()))
    }

    /// The limit of the throughput changes nothing here, the scope does.
    fn high_throughput(&mut self, scope: Option<&Node>, limit: Option<&Node>) -> Option<Node> {
        let by_group = self.one_of(scope, &[("queue", "false"), ("messageGroup", "true")]);
        if self.text(limit).as_deref() == Some("perMessageGroupId")
            && by_group.as_ref().and_then(Node::as_text) != Some("true")
        {
            let message = "`perMessageGroupId` goes with `DeduplicationScope: messageGroup`";
            self.refuse(message, limit?.span);
        }
        by_group
    }

    /// Whose dead letters a queue takes.
    fn redrive_from(&mut self, policy: Option<&Node>) -> Option<Node> {
        let policy = self.parsed(policy)?;
        let mut bag = Bag::of("RedriveAllowPolicy", &policy);
        let (permission, sources) = (bag.take("redrivePermission"), bag.take("sourceQueueArns"));
        bag.finish(self.told);
        let text = self.evaluated(permission)?;
        let sources = sources.map(Node::items).unwrap_or_default();
        match (&*text, sources) {
            ("allowAll", []) => None,
            ("denyAll", []) => Some(Node::list(policy.span, Vec::new())),
            ("byQueue", [_, ..]) => {
                let named = sources.iter().filter_map(|arn| self.queue_named(arn)).collect();
                Some(Node::list(policy.span, named))
            }
            _ => {
                let message =
                    "this is `allowAll`, `denyAll`, or `byQueue` with `sourceQueueArns`, on AWS";
                self.refuse(message, policy.span);
                None
            }
        }
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
