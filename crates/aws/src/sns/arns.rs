//! ARNs as requests have them, and what they name.

use model::{Account, Arn, Place, Snapshot, Subscription, Topic};

use super::errors;
use crate::error::AwsError;

/// The topic that an ARN names. `parameter` is where it stands in the request.
pub(super) fn topic<'a>(
    text: &str,
    parameter: &str,
    account: &Account,
    seen: &'a Snapshot,
) -> Result<&'a Topic, AwsError> {
    let arn = parse(text, parameter, account)?;
    seen.get::<Topic>(arn.resource()).ok_or_else(errors::no_topic)
}

/// An ARN of a topic or a subscription of this account.
pub(super) fn parse(text: &str, parameter: &str, account: &Account) -> Result<Arn, AwsError> {
    let elements = text.split(':').count();
    if elements < 6 {
        return Err(errors::invalid(format!(
            "{parameter} Reason: An ARN must have at least 6 elements, not {elements}"
        )));
    }
    let arn = Arn::parse(text).filter(|arn| arn.service() == "sns");
    let arn = arn.ok_or_else(|| errors::invalid(parameter))?;
    match account.place_of(&arn) {
        Place::Here => Ok(arn),
        Place::OtherRegion => Err(errors::invalid(parameter)),
        Place::OtherAccount => Err(errors::not_authorized(format!(
            "User: arn:aws:iam::{}:root is not authorized to access resource: {arn}",
            account.id
        ))),
    }
}

pub(super) fn subscription<'a>(
    text: &str,
    account: &Account,
    seen: &'a Snapshot,
) -> Result<&'a Subscription, AwsError> {
    let arn = parse(text, "SubscriptionArn", account)?;
    seen.get::<Subscription>(arn.resource()).ok_or_else(errors::no_subscription)
}

/// A topic's subscriptions.
pub(super) fn of_topic<'a>(
    topic: &'a Topic,
    account: &Account,
    seen: &'a Snapshot,
) -> impl Iterator<Item = &'a Subscription> {
    let arn = topic.arn(account);
    seen.all::<Subscription>().filter(move |subscription| subscription.topic == arn)
}
