//! What has to hold for a mapping as a whole, and with its queue.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html>

use std::time::Duration;

use http::StatusCode;
use model::pattern::Pattern;
use model::{EventSourceMapping, Queue, Snapshot};

use super::no_queue;
use crate::error::AwsError;
use crate::lambda::problem::invalid;

const MOST_FILTERS: usize = 5;
const MOST_FIFO_BATCH: u32 = 10;

/// `timeout` is the function's, where it is to be looked at.
pub(in crate::lambda) fn check(
    mapping: &EventSourceMapping,
    seen: &Snapshot,
    timeout: Option<Duration>,
) -> Result<(), AwsError> {
    let name = mapping.queue_name().ok_or_else(no_queue)?;
    let queue = seen.get::<Queue>(&name).ok_or_else(no_queue)?;
    if let Some(timeout) = timeout
        && let Some(message) = short(queue, timeout)
    {
        return Err(invalid(message));
    }
    if queue.fifo.is_some() && mapping.batch > MOST_FIFO_BATCH {
        return Err(invalid(
            "Invalid request provided: Batch size for FIFO queues must be at most 10.",
        ));
    }
    if queue.fifo.is_some() && mapping.window > Duration::ZERO {
        let message = "Invalid request provided: Batching window is not supported for FIFO queues.";
        return Err(invalid(message));
    }
    if mapping.batch > 10 && mapping.window.is_zero() {
        return Err(invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater \
             than 10",
        ));
    }
    if mapping.filters.len() > MOST_FILTERS {
        return Err(invalid(format!("Filter criteria have at most {MOST_FILTERS} filters.")));
    }
    for filter in &mapping.filters {
        Pattern::compile(filter)
            .map_err(|problem| invalid(format!("Invalid filter pattern definition. {problem}")))?;
    }
    let is_twin = |other: &&EventSourceMapping| {
        other.id != mapping.id && other.queue == mapping.queue && other.function == mapping.function
    };
    match seen.all::<EventSourceMapping>().find(is_twin) {
        Some(other) => Err(twin(mapping, other)),
        None => Ok(()),
    }
}

/// A message that is visible again while it is worked on is worked on twice.
pub(super) fn short(queue: &Queue, timeout: Duration) -> Option<String> {
    let (visibility, timeout) = (queue.visibility.as_secs(), timeout.as_secs());
    (visibility < timeout).then(|| {
        format!(
            "Queue visibility timeout: {visibility} seconds is less than Function timeout: \
             {timeout} seconds"
        )
    })
}

fn twin(mapping: &EventSourceMapping, other: &EventSourceMapping) -> AwsError {
    let function = mapping.function.resource().strip_prefix("function:").unwrap_or_default();
    let message = format!(
        "The event source arn (\" {} \") and function (\" {function} \") provided mapping already \
         exists. Please update or delete the existing mapping with UUID {}",
        mapping.queue, other.id
    );
    AwsError::user(StatusCode::CONFLICT, "ResourceConflictException", message)
}

#[cfg(test)]
mod tests {
    use model::{Account, QueueName, Resource};

    use super::*;

    #[test]
    fn a_message_stays_hidden_for_as_long_as_the_function_may_take() {
        let account = Account::default();
        let mut queue = Queue::new(QueueName::parse("jobs").expect("a name"));
        queue.visibility = Duration::from_secs(3);
        let seen: Snapshot = [Resource::from(queue)].into_iter().collect();
        let function = account.arn("lambda", "function:work");
        let mapping = EventSourceMapping::new("id", account.arn("sqs", "jobs"), function);
        let refused = |seconds: Option<u64>| {
            let refused = check(&mapping, &seen, seconds.map(Duration::from_secs)).err();
            refused.map(|error| error.message().to_owned())
        };
        assert_eq!(refused(None), None);
        assert_eq!(refused(Some(3)), None);
        let message =
            "Queue visibility timeout: 3 seconds is less than Function timeout: 4 seconds";
        assert_eq!(refused(Some(4)).as_deref(), Some(message));
    }
}
