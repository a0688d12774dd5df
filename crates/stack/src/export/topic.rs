//! Topics and who gets their messages.

use model::topic::{Endpoint, FifoTopic, SignatureVersion, TopicDelivery, function_of};
use model::{FilterScope, Subscription, Topic};

use super::Export;
use super::block::{self, Block};
use super::ids::{Sort, pascal};
use super::queue::tagged;

impl Export<'_> {
    pub(super) fn topic(&mut self, topic: &Topic) {
        let Topic { name, fifo, display_name, policy, delivery, signature, tags } = topic;
        let mut block = Block::new();
        block.text("TopicName", name.as_str());
        if let Some(FifoTopic { deduplicates_content, deduplicates_by_group }) = fifo {
            block.plain("FifoTopic", true);
            if *deduplicates_content {
                block.plain("ContentBasedDeduplication", true);
            }
            if *deduplicates_by_group {
                block.text("FifoThroughputScope", "MessageGroup");
            }
        }
        if !display_name.is_empty() {
            block.text("DisplayName", display_name);
        }
        if *delivery != TopicDelivery::default()
            && let Ok(delivery) = serde_json::to_value(delivery)
        {
            block.put("DeliveryPolicy", block::json(&delivery));
        }
        if *signature != SignatureVersion::default() {
            block.text("SignatureVersion", signature.as_str());
        }
        block.some("Tags", tagged(tags));
        let id = self.id(Sort::Topic, name.as_str());
        self.add(&id, "AWS::SNS::Topic", block);
        if let Some(policy) = policy {
            let mut block = Block::new();
            block.put("Topics", block::list(vec![block::reference(&id)]));
            block.put("PolicyDocument", block::parsed(policy));
            let id = self.ids.free(&format!("{id}Policy"));
            self.add(&id, "AWS::SNS::TopicPolicy", block);
        }
    }

    pub(super) fn subscription(&mut self, subscription: &Subscription) {
        let Subscription {
            topic,
            endpoint,
            filter,
            scope,
            raw,
            dead_letters,
            delivery,
            confirmation: _,
        } = subscription;
        let name = topic.resource().to_owned();
        let mut block = Block::new();
        if let Some(filter) = filter {
            block.put("FilterPolicy", block::parsed(filter));
        }
        if *scope != FilterScope::default() {
            block.text("FilterPolicyScope", "MessageBody");
        }
        if *raw {
            block.plain("RawMessageDelivery", true);
        }
        if let Some(arn) = dead_letters {
            let mut redrive = Block::new();
            redrive.put("deadLetterTargetArn", self.text(arn.as_str(), &[]));
            block.put("RedrivePolicy", redrive.node());
            self.sends("sns.amazonaws.com", arn.resource());
        }
        if let Some(delivery) = delivery
            && let Ok(delivery) = serde_json::to_value(delivery)
        {
            block.put("DeliveryPolicy", block::json(&delivery));
        }
        if let Endpoint::Function(arn) = endpoint
            && let Some((function, None)) = function_of(arn)
        {
            let mut properties = Block::new();
            properties.put("Topic", self.text(topic.as_str(), &[]));
            properties.append(block);
            let event = super::event::of("SNS", properties);
            return self.start(&function, &pascal(&name), event);
        }
        if let Endpoint::Queue(arn) = endpoint {
            self.sends("sns.amazonaws.com", arn.resource());
        }
        let mut properties = Block::new();
        properties.put("TopicArn", self.text(topic.as_str(), &[]));
        properties.text("Protocol", endpoint.protocol().as_str());
        properties.put("Endpoint", self.text(&endpoint.to_string(), &[]));
        properties.append(block);
        let id = self.ids.free(&(self.id(Sort::Topic, &name) + "Subscription"));
        self.add(&id, "AWS::SNS::Subscription", properties);
    }
}
