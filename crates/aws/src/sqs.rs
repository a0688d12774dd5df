//! Simple Queue Service, over JSON and, for older clients, over Query.

mod add_permission;
mod attributes;
mod batch;
mod cancel_message_move_task;
mod change_message_visibility;
mod change_message_visibility_batch;
mod create_queue;
mod delete_message;
mod delete_message_batch;
mod delete_queue;
mod errors;
mod get_queue_attributes;
mod get_queue_url;
mod list_dead_letter_source_queues;
mod list_message_move_tasks;
mod list_queue_tags;
mod list_queues;
mod message_attributes;
mod purge_queue;
mod queue_url;
mod receive_message;
mod redrive_policy;
mod remove_permission;
mod send_message;
mod send_message_batch;
mod set_queue_attributes;
mod start_message_move_task;
mod tag_queue;
mod tags;
mod untag_queue;

use serde::Serialize;

use crate::action::Operation;
use crate::protocol::query::Voice;
use crate::protocol::{Flat, Lists};
use crate::service::Service;

pub(crate) static SERVICE: Service = Service {
    name: "sqs",
    target: Some("AmazonSQS"),
    errors: "com.amazonaws.sqs#",
    query: Some(Voice {
        version: "2012-11-05",
        namespace: "http://queue.amazonaws.com/doc/2012-11-05/",
        lists: Lists::Flat(repeated),
    }),
    missing: errors::missing,
    too_large: errors::too_large,
    // What is called most often stands first.
    actions: &[
        Operation::json_and_query::<send_message::SendMessage>(),
        Operation::json_and_query::<receive_message::ReceiveMessage>(),
        Operation::json_and_query::<delete_message::DeleteMessage>(),
        Operation::json_and_query::<send_message_batch::SendMessageBatch>(),
        Operation::json_and_query::<delete_message_batch::DeleteMessageBatch>(),
        Operation::json_and_query::<add_permission::AddPermission>(),
        Operation::json_and_query::<change_message_visibility::ChangeMessageVisibility>(),
        Operation::json_and_query::<change_message_visibility_batch::ChangeMessageVisibilityBatch>(
        ),
        Operation::json_and_query::<create_queue::CreateQueue>(),
        Operation::json_and_query::<delete_queue::DeleteQueue>(),
        Operation::json_and_query::<get_queue_attributes::GetQueueAttributes>(),
        Operation::json_and_query::<get_queue_url::GetQueueUrl>(),
        Operation::json_and_query::<list_dead_letter_source_queues::ListDeadLetterSourceQueues>(),
        Operation::json_and_query::<list_queue_tags::ListQueueTags>(),
        Operation::json_and_query::<list_queues::ListQueues>(),
        Operation::json_and_query::<purge_queue::PurgeQueue>(),
        Operation::json_and_query::<remove_permission::RemovePermission>(),
        Operation::json_and_query::<set_queue_attributes::SetQueueAttributes>(),
        Operation::json_and_query::<start_message_move_task::StartMessageMoveTask>(),
        Operation::json_and_query::<cancel_message_move_task::CancelMessageMoveTask>(),
        Operation::json_and_query::<list_message_move_tasks::ListMessageMoveTasks>(),
        Operation::json_and_query::<tag_queue::TagQueue>(),
        Operation::json_and_query::<untag_queue::UntagQueue>(),
    ],
};

/// An action that answers nothing.
#[derive(Serialize)]
struct Done;

/// How answers were written before there was JSON: lists repeat under the name of their elements.
fn repeated(action: &str, member: &str) -> Option<Flat> {
    Some(match member {
        "QueueUrls" | "queueUrls" => Flat::List("QueueUrl"),
        "Messages" => Flat::List("Message"),
        "Failed" => Flat::List("BatchResultErrorEntry"),
        "Successful" => Flat::List(match action {
            "SendMessageBatch" => "SendMessageBatchResultEntry",
            "DeleteMessageBatch" => "DeleteMessageBatchResultEntry",
            _ => "ChangeMessageVisibilityBatchResultEntry",
        }),
        "Results" => Flat::List("ListMessageMoveTasksResultEntry"),
        "Attributes" => Flat::Map { entry: "Attribute", key: "Name", value: "Value" },
        "MessageAttributes" => Flat::Map { entry: "MessageAttribute", key: "Name", value: "Value" },
        "Tags" => Flat::Map { entry: "Tag", key: "Key", value: "Value" },
        _ => return None,
    })
}
