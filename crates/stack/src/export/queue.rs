//! Queues, and parameters that programs look up.

use std::collections::BTreeMap;

use model::{Arn, Fifo, Queue, Redrive, RedriveAllow, StoredKind, StoredParameter};

use super::Export;
use super::block::{self, Block};
use super::ids::Sort;
use crate::yaml::Node;

impl Export<'_> {
    pub(super) fn queue(&mut self, queue: &Queue) {
        let Queue {
            name,
            fifo,
            visibility,
            delay,
            retention,
            most_bytes,
            wait,
            redrive,
            redrive_allow,
            policy,
            tags,
        } = queue;
        let usual = Queue::new(name.clone());
        let mut block = Block::new();
        block.text("QueueName", name.as_str());
        if let Some(fifo) = fifo {
            ordered(*fifo, &mut block);
        }
        block.unless("VisibilityTimeout", visibility.as_secs(), usual.visibility.as_secs());
        block.unless("DelaySeconds", delay.as_secs(), usual.delay.as_secs());
        block.unless("MessageRetentionPeriod", retention.as_secs(), usual.retention.as_secs());
        block.unless("MaximumMessageSize", *most_bytes, usual.most_bytes);
        block.unless("ReceiveMessageWaitTimeSeconds", wait.as_secs(), usual.wait.as_secs());
        if let Some(Redrive { to, after }) = redrive {
            let mut redrive = Block::new();
            redrive.put("deadLetterTargetArn", self.text(to.as_str(), &[]));
            redrive.plain("maxReceiveCount", after);
            block.put("RedrivePolicy", redrive.node());
        }
        block.some("RedriveAllowPolicy", Self::allowed(redrive_allow));
        block.some("Tags", tagged(tags));
        let id = self.id(Sort::Queue, name.as_str());
        self.add(&id, "AWS::SQS::Queue", block);
        if let Some(policy) = policy {
            let mut block = Block::new();
            block.put("Queues", block::list(vec![block::reference(&id)]));
            block.put("PolicyDocument", block::parsed(policy));
            let id = self.ids.free(&format!("{id}OwnPolicy"));
            self.add(&id, "AWS::SQS::QueuePolicy", block);
        }
    }

    fn allowed(allow: &RedriveAllow) -> Option<Node> {
        let mut block = Block::new();
        match allow {
            RedriveAllow::All => return None,
            RedriveAllow::None => block.text("redrivePermission", "denyAll"),
            RedriveAllow::Only(queues) => {
                block.text("redrivePermission", "byQueue");
                block.put("sourceQueueArns", block::list(queues.iter().map(by_name).collect()));
            }
        }
        Some(block.node())
    }

    pub(super) fn stored(&mut self, parameter: &StoredParameter) {
        let StoredParameter { name, kind, versions: _, tags } = parameter;
        if *kind == StoredKind::SecureString {
            let message = format!("templates make no secrets: `{name}` is one");
            return self.gap(message, &["ssm", name]);
        }
        let latest = parameter.latest();
        let mut block = Block::new();
        block.text("Name", name);
        block.text("Type", kind.as_str());
        let path = ["ssm", name, "value"];
        block.put("Value", self.text_at(&path, &latest.value));
        block.some("Description", latest.description.as_deref().map(block::text));
        block.some("AllowedPattern", latest.allowed_pattern.as_deref().map(block::text));
        if latest.is_advanced {
            block.text("Tier", "Advanced");
        }
        if !tags.is_empty() {
            let mut all = Block::new();
            tags.iter().for_each(|(key, value)| all.text(key, value));
            block.put("Tags", all.node());
        }
        let id = self.id(Sort::Stored, name);
        self.add(&id, "AWS::SSM::Parameter", block);
    }
}

fn ordered(fifo: Fifo, block: &mut Block) {
    let Fifo { deduplicates_content, deduplicates_by_group, throughput_by_group } = fifo;
    block.plain("FifoQueue", true);
    if deduplicates_content {
        block.plain("ContentBasedDeduplication", true);
    }
    if deduplicates_by_group {
        block.text("DeduplicationScope", "messageGroup");
    }
    if throughput_by_group {
        block.text("FifoThroughputLimit", "perMessageGroupId");
    }
}

/// An ARN that refers to nothing: the queue that it names refers to this one, and AWS takes no circles.
fn by_name(arn: &Arn) -> Node {
    let name = arn.resource();
    block::sub(&format!("arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{name}"))
}

/// `[{ Key, Value }]`.
pub(super) fn tagged(tags: &BTreeMap<String, String>) -> Option<Node> {
    let one = |(key, value): (&String, &String)| {
        let mut block = Block::new();
        block.text("Key", key);
        block.text("Value", value);
        block.node()
    };
    (!tags.is_empty()).then(|| block::list(tags.iter().map(one).collect()))
}
