//! Gets an event to its target: what the target receives, whether it is tried again, what its
//! dead-letter queue gets.

pub(crate) mod attempt;
pub(crate) mod dead_letter;
pub(crate) mod input;
pub(crate) mod json_path;

use bytes::Bytes;
use model::{Delivery, MessageOptions, Target};
use store::OutgoingEvent;

/// What is handed to the target at this attempt; an error says why it never can be.
pub(crate) fn of(event: &OutgoingEvent) -> Result<Delivery, String> {
    let payload = input::apply(event).map_err(|problem| problem.to_string())?;
    let options = MessageOptions { group: event.target.group.clone(), ..MessageOptions::default() };
    let target = Target::of(&event.target.arn, options).ok_or_else(|| {
        format!("{} is neither a function, a queue nor a topic", event.target.arn)
    })?;
    let target = deduplicated(target, &event.id);
    Ok(Delivery {
        target,
        source: event.source.clone(),
        payload: Bytes::from(payload),
        trace: None,
    })
}

/// A FIFO target takes the same event once, however often it is delivered.
fn deduplicated(target: Target, id: &str) -> Target {
    let options = |options: MessageOptions, name: &str| MessageOptions {
        group: options.group.or_else(|| Some(name.to_owned())),
        deduplication: Some(id.replace('/', "-")),
        ..options
    };
    match target {
        Target::Queue { name, options: given } if name.is_fifo() => {
            let options = options(given, name.as_str());
            Target::Queue { name, options }
        }
        Target::Topic { name, options: given } if name.is_fifo() => {
            let options = options(given, name.as_str());
            Target::Topic { name, options }
        }
        other => other,
    }
}
