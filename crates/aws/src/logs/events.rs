//! Log groups, streams and events, out of functions' logs: a group is a function, a stream one of
//! its days.

use std::borrow::Cow;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use model::{Account, Arn, FunctionName, Place, Timestamp};

use crate::call::Call;
use crate::error::AwsError;

const PREFIX: &str = "/aws/lambda/";

/// An event, and a name for it that stays the same for as long as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) time: u64,
    pub(super) message: String,
}

impl Event {
    pub(super) fn stream(&self) -> String {
        functions::logs::stream(Timestamp(self.time))
    }
}

pub(super) fn group(function: &FunctionName) -> String {
    format!("{PREFIX}{function}")
}

/// All groups by name, in their order, and since when each function is served.
pub(super) async fn groups(call: &Call<'_>) -> Vec<(String, Timestamp)> {
    let described = call.backing.functions.describe_all().await;
    described.iter().map(|described| (group(&described.function.name), described.since)).collect()
}

/// When the first of what is left of each group was logged, if anything was.
pub(super) async fn begun(
    call: &Call<'_>,
    groups: &[(String, Timestamp)],
) -> Vec<Option<Timestamp>> {
    let functions: Vec<_> = groups.iter().map(|(name, _)| function(name)).collect();
    let logs = Arc::clone(call.backing.functions.logs());
    let begun = move || functions.iter().map(|function| logs.begun(function.as_ref()?)).collect();
    tokio::task::spawn_blocking(begun).await.unwrap_or_else(|_| vec![None; groups.len()])
}

fn function(group: &str) -> Option<FunctionName> {
    group.strip_prefix(PREFIX).and_then(|name| FunctionName::parse(name).ok())
}

/// A group's name out of its name or its ARN, which may end in `:*`.
pub(super) fn named(
    name: Option<&str>,
    identifier: Option<&str>,
    account: &Account,
) -> Result<String, AwsError> {
    let Some(text) = name.or(identifier) else {
        return Err(invalid("name a log group by logGroupName or logGroupIdentifier"));
    };
    let text = text.strip_suffix(":*").unwrap_or(text);
    if Arn::parse(text).is_some_and(|arn| account.place_of(&arn) != Place::Here) {
        return Err(missing("group"));
    }
    Ok(text.rsplit_once(":log-group:").map_or(text, |(_, name)| name).to_owned())
}

pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> AwsError {
    AwsError::bad("InvalidParameterException", message)
}

/// How many of a list are wanted, of at most so many.
pub(super) fn limit(limit: Option<i64>, most: usize) -> Result<usize, AwsError> {
    let Some(given) = limit else { return Ok(most) };
    let wanted = usize::try_from(given).ok().filter(|wanted| (1..=most).contains(wanted));
    wanted.ok_or_else(|| {
        let bound = if given < 1 {
            "greater than or equal to 1".to_owned()
        } else {
            format!("less than or equal to {most}")
        };
        invalid(format!(
            "1 validation error detected: Value '{given}' at 'limit' failed to satisfy \
             constraint: Member must have value {bound}"
        ))
    })
}

fn missing(what: &str) -> AwsError {
    AwsError::bad("ResourceNotFoundException", format!("The specified log {what} does not exist."))
}

pub(super) fn no_stream() -> AwsError {
    missing("stream")
}

/// What is kept of a group since `from`, in its order.
pub(super) async fn read(
    call: &Call<'_>,
    group: &str,
    from: Option<u64>,
) -> Result<Vec<Event>, AwsError> {
    let function = function(group).ok_or_else(|| missing("group"))?;
    let latest = model::Qualifier::LATEST;
    if call.backing.functions.describe(&function, &latest).await.is_none() {
        return Err(missing("group"));
    }
    let logs = Arc::clone(call.backing.functions.logs());
    let from = Timestamp(from.unwrap_or(0));
    let reading = tokio::task::spawn_blocking(move || logs.events(&function, from));
    let events = reading.await.unwrap_or_default();
    Ok(name(events.into_iter().map(|event| (event.time.0, event.message))))
}

/// Events of one millisecond that say the same are told apart by counting them.
pub(super) fn name(events: impl Iterator<Item = (u64, String)>) -> Vec<Event> {
    let mut seen: HashMap<u64, u32> = HashMap::new();
    let mut last = 0;
    events
        .map(|(time, message)| {
            if time != last {
                seen.clear();
                last = time;
            }
            let mut hash = DefaultHasher::new();
            message.hash(&mut hash);
            let hash = hash.finish();
            let count = seen.entry(hash).or_default();
            *count += 1;
            Event { id: format!("{time:020}{hash:020}{count:016}"), time, message }
        })
        .collect()
}

/// The part of an event's id that is its time.
pub(super) fn time_of(id: &str) -> &str {
    id.get(..20).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_names_of_their_own() {
        let said = [(1, "a"), (1, "a"), (1, "b"), (2, "a")];
        let named = || name(said.iter().map(|(time, text)| (*time, (*text).to_owned())));
        let mut ids: Vec<_> = named().into_iter().map(|event| event.id).collect();
        assert_eq!(ids, named().into_iter().map(|event| event.id).collect::<Vec<_>>());
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 4);
        assert_eq!(named()[0].stream(), "1970/01/01/[$LATEST]");
    }

    #[test]
    fn groups_are_named_in_several_ways() {
        let name = |name, id| named(name, id, &Account::default()).ok();
        let group = Some("/aws/lambda/f".to_owned());
        assert_eq!(name(Some("/aws/lambda/f"), None), group);
        let arn = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f:*";
        assert_eq!(name(None, Some(arn)), group);
        let other = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/f";
        assert_eq!(name(None, Some(other)), None);
        assert_eq!(name(None, None), None);
    }
}
