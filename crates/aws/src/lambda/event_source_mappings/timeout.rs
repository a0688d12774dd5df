//! How long the function of a mapping may take, beside how long its queue hides a message.

use std::time::Duration;

use model::{EventSourceMapping, MessageOptions, Qualifier, Queue, Target};

use super::check::short;
use crate::call::Call;

/// Nothing for a function that there is not.
pub(in crate::lambda) async fn of(
    call: &Call<'_>,
    mapping: &EventSourceMapping,
) -> Option<Duration> {
    let target = Target::of(&mapping.function, MessageOptions::default());
    let Some(Target::Function { name, qualifier }) = target else { return None };
    let qualifier = match qualifier {
        Some(text) => Qualifier::parse(&text)?,
        None => Qualifier::LATEST,
    };
    let described = call.backing.functions.describe(&name, &qualifier).await?;
    Some(described.function.timeout)
}

/// Says in the log which of these mappings run longer than their queue hides a message, since
/// something was changed that nobody may be kept from changing.
pub(crate) async fn warn_of_short(call: &Call<'_>, concerns: impl Fn(&EventSourceMapping) -> bool) {
    let all = call.backing.control.resources();
    for mapping in all.all::<EventSourceMapping>().filter(|mapping| concerns(mapping)) {
        let queue = mapping.queue_name().and_then(|name| all.get::<Queue>(&name));
        let (Some(queue), Some(timeout)) = (queue, of(call, mapping).await) else { continue };
        if let Some(problem) = short(queue, timeout) {
            tracing::warn!(
                mapping = %mapping.id, queue = %queue.name, function = %mapping.function,
                "{problem}: messages that take longer are worked on twice"
            );
        }
    }
}
