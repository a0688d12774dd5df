//! Gets an event to its target: what the target receives, whether it is tried again, what its
//! dead-letter queue gets.

pub(crate) mod attempt;
pub(crate) mod dead_letter;
pub(crate) mod input;
pub(crate) mod json_path;

use bytes::Bytes;
use model::{Delivery, MessageOptions, Target};
use store::OutgoingEvent;

use crate::ids;

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

/// The most bytes of a message group; a topic's name may have more.
const MOST_GROUP: usize = 128;

/// A FIFO target takes the same event once, however often it is delivered. What tells an event's
/// deliveries apart has names in it, which together are longer than a deduplication id may be.
fn deduplicated(target: Target, id: &str) -> Target {
    let options = |options: MessageOptions, name: &str| MessageOptions {
        group: options.group.or_else(|| Some(name.chars().take(MOST_GROUP).collect())),
        deduplication: Some(ids::digest(id)),
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

#[cfg(test)]
mod tests {
    use model::{Account, EventTarget, Timestamp};

    use super::*;

    fn delivered(target: EventTarget, id: &str) -> MessageOptions {
        let event = OutgoingEvent {
            id: id.to_owned(),
            source: Account::default().arn("events", "rule/r"),
            target,
            event: Bytes::from_static(b"{}"),
            born: Timestamp(0),
            next: Timestamp(0),
            attempts: 0,
        };
        match of(&event).expect("an event that can be delivered").target {
            Target::Queue { options, .. } | Target::Topic { options, .. } => options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_fifo_target_can_take_an_event_whatever_its_names_are() {
        let long = "x".repeat(64);
        let id = format!("00000000-0000-4000-8000-000000000000/rule/{long}/{long}");
        let topic = format!("{}.fifo", "t".repeat(200));
        for arn in [("sqs", "orders.fifo"), ("sns", &topic)] {
            let target = EventTarget::new("1", Account::default().arn(arn.0, arn.1));
            let options = delivered(target.clone(), &id);
            for token in [&options.group, &options.deduplication] {
                let token = token.as_deref().expect("a FIFO target has it");
                assert!(model::is_message_token(token), "{token}");
            }
            assert_eq!(options, delivered(target, &id), "the same at each attempt");
        }
    }

    #[test]
    fn events_of_different_targets_are_no_copies() {
        let deduplication = |id| {
            let target = EventTarget::new("1", Account::default().arn("sqs", "orders.fifo"));
            delivered(target, id).deduplication
        };
        assert_ne!(deduplication("1/rule/a-b/c"), deduplication("1/rule/a/b-c"));
    }
}
