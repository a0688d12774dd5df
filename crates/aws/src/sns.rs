//! Simple Notification Service, over Query.

mod add_permission;
mod arns;
mod certificate;
mod confirm_subscription;
mod create_topic;
mod delete_topic;
mod errors;
mod get_subscription_attributes;
mod get_topic_attributes;
mod list_subscriptions;
mod list_subscriptions_by_topic;
mod list_tags_for_resource;
mod list_topics;
mod message_attributes;
mod publish;
mod publish_batch;
mod remove_permission;
mod set_subscription_attributes;
mod set_topic_attributes;
mod statements;
mod subscribe;
mod subscription_attributes;
mod tag_resource;
mod tags;
mod topic_attributes;
mod unsubscribe;
mod untag_resource;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::action::Operation;
use crate::protocol::Lists;
use crate::protocol::query::Voice;
use crate::service::Service;

pub(crate) static SERVICE: Service = Service {
    name: "sns",
    query: Some(Voice {
        version: "2010-03-31",
        namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
        lists: Lists::Wrapped,
    }),
    missing: errors::missing,
    // What is called most often stands first.
    actions: &[
        Operation::query::<publish::Publish>(),
        Operation::query::<publish_batch::PublishBatch>(),
        Operation::query::<add_permission::AddPermission>(),
        Operation::query::<confirm_subscription::ConfirmSubscription>().open(),
        Operation::query::<create_topic::CreateTopic>(),
        Operation::query::<delete_topic::DeleteTopic>(),
        Operation::query::<get_subscription_attributes::GetSubscriptionAttributes>(),
        Operation::query::<get_topic_attributes::GetTopicAttributes>(),
        Operation::query::<list_subscriptions::ListSubscriptions>(),
        Operation::query::<list_subscriptions_by_topic::ListSubscriptionsByTopic>(),
        Operation::query::<list_tags_for_resource::ListTagsForResource>(),
        Operation::query::<list_topics::ListTopics>(),
        Operation::query::<remove_permission::RemovePermission>(),
        Operation::query::<set_subscription_attributes::SetSubscriptionAttributes>(),
        Operation::query::<set_topic_attributes::SetTopicAttributes>(),
        Operation::query::<subscribe::Subscribe>(),
        Operation::query::<tag_resource::TagResource>(),
        Operation::query::<unsubscribe::Unsubscribe>().open(),
        Operation::query::<untag_resource::UntagResource>(),
        Operation::raw::<certificate::Certificate>().open(),
    ],
    ..Service::NEW
};

/// Attributes by name, as they are given and told.
type Attributes = BTreeMap<String, String>;

/// An action that answers nothing.
#[derive(Serialize)]
struct Done;

/// An action whose result has no members.
#[derive(Serialize)]
struct Empty {}
