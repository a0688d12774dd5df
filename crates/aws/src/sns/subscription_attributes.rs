//! A subscription's attributes by AWS's names.
//! <https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html>

use model::topic::{Confirmation, DeliveryPolicy, Endpoint, FilterScope, Protocol};
use model::{Account, Arn, FunctionName, MadeFunction, Place, Queue, Subscription, Topic};
use serde_json::{Value, json};

use super::Attributes;
use crate::call::Call;
use crate::lambda::function_name;

pub(super) enum Problem {
    Name,
    /// What stands behind `Invalid parameter: `.
    Value(String),
}

fn wrong<T>(reason: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Value(reason.into()))
}

/// Sets one attribute. The filter policy is not looked at before [`check`].
pub(super) fn set(to: &mut Subscription, name: &str, value: &str) -> Result<(), Problem> {
    let protocol = to.endpoint.protocol();
    match name {
        "RawMessageDelivery" => set_raw(to, value)?,
        "FilterPolicy" => {
            let is_none = matches!(value.trim(), "" | "{}");
            to.filter = (!is_none).then(|| value.to_owned());
        }
        "FilterPolicyScope" => {
            let Some(scope) = FilterScope::parse(value) else {
                return wrong(format!(
                    "FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or \
                     MessageAttributes"
                ));
            };
            to.scope = scope;
        }
        "RedrivePolicy" => to.dead_letters = dead_letters(value)?,
        "DeliveryPolicy" if value.is_empty() => to.delivery = None,
        "DeliveryPolicy" if !matches!(protocol, Protocol::Http | Protocol::Https) => {
            let protocol = protocol.as_str();
            return wrong(format!(
                "DeliveryPolicy: Delivery protocol [{protocol}] does not support a delivery policy."
            ));
        }
        "DeliveryPolicy" => {
            let policy = DeliveryPolicy::parse(value);
            to.delivery = Some(policy.map_err(|p| Problem::Value(format!("DeliveryPolicy: {p}")))?);
        }
        "SubscriptionRoleArn" | "ReplayPolicy" => {
            return wrong(format!("{name}: not supported by this server"));
        }
        _ => return Err(Problem::Name),
    }
    Ok(())
}

fn set_raw(to: &mut Subscription, value: &str) -> Result<(), Problem> {
    to.raw = match value.to_ascii_lowercase().as_str() {
        "true" => true,
        "false" => false,
        _ => {
            return wrong(format!(
                "RawMessageDelivery: Invalid value [{value}]. Must be true or false."
            ));
        }
    };
    let protocol = to.endpoint.protocol();
    let may_be_raw = matches!(protocol, Protocol::Sqs | Protocol::Http | Protocol::Https);
    if to.raw && !may_be_raw {
        let protocol = protocol.as_str();
        return wrong(format!(
            "RawMessageDelivery: Delivery protocol [{protocol}] does not support raw message \
             delivery."
        ));
    }
    Ok(())
}

fn dead_letters(value: &str) -> Result<Option<Arn>, Problem> {
    if value.is_empty() {
        return Ok(None);
    }
    let policy: Value = match serde_json::from_str(value) {
        Ok(policy) => policy,
        Err(error) => return wrong(format!("RedrivePolicy: failed to parse JSON. {error}")),
    };
    let text = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    match Arn::parse(text).filter(|arn| arn.service() == "sqs") {
        Some(arn) => Ok(Some(arn)),
        None => wrong("RedrivePolicy: deadLetterTargetArn is an invalid arn"),
    }
}

/// What can only be said of all attributes together.
pub(super) fn check(subscription: &Subscription, topic: &Topic) -> Result<(), Problem> {
    subscription.compiled_filter().map_err(Problem::Value)?;
    let dead_letters = subscription.dead_letters.as_ref().map(Arn::resource);
    let is_afar = |letters: &Arn| letters.region() != subscription.topic.region();
    if subscription.dead_letters.as_ref().is_some_and(is_afar) {
        return wrong(
            "RedrivePolicy: deadLetterTargetArn must be in the same region as the subscription",
        );
    }
    if dead_letters.is_some_and(|name| name.ends_with(".fifo") && topic.fifo.is_none()) {
        return wrong("RedrivePolicy: dead-letter queue must be the same type as the topic");
    }
    Ok(())
}

/// What a subscription names and there is not, now. SNS takes it nevertheless.
pub(super) fn missing(subscription: &Subscription, call: &Call<'_>) -> Vec<Arn> {
    let (account, seen) = (&call.backing.account, call.backing.control.resources());
    let endpoint = match &subscription.endpoint {
        Endpoint::Queue(arn) | Endpoint::Function(arn) => Some(arn),
        _ => None,
    };
    let has_function = |name: &FunctionName| {
        call.backing.catalogue.has_function(name) || seen.get::<MadeFunction>(name).is_some()
    };
    let is_missing = |arn: &&Arn| {
        let is_there = match arn.service() {
            "sqs" => seen.get::<Queue>(arn.resource()).is_some(),
            _ => function_name::parse(arn.as_str())
                .is_some_and(|named| has_function(&named.function)),
        };
        account.place_of(arn) != Place::Here || !is_there
    };
    endpoint.into_iter().chain(&subscription.dead_letters).filter(is_missing).cloned().collect()
}

/// Says in the log what is lost because nobody is there to get it.
pub(super) fn warn_of_missing(subscription: &Subscription, call: &Call<'_>) {
    for missing in missing(subscription, call) {
        tracing::warn!(
            subscription = %subscription.arn(), %missing,
            "a subscription names what does not exist: its messages are lost until it does"
        );
    }
}

fn declared(subscription: &Subscription) -> Attributes {
    let mut all = Attributes::new();
    let mut put = |name: &str, value: String| all.insert(name.to_owned(), value);
    put("RawMessageDelivery", subscription.raw.to_string());
    if let Some(filter) = &subscription.filter {
        put("FilterPolicy", filter.clone());
        put("FilterPolicyScope", subscription.scope.as_str().to_owned());
    }
    if let Some(queue) = &subscription.dead_letters {
        put("RedrivePolicy", json!({ "deadLetterTargetArn": queue }).to_string());
    }
    if let Some(policy) = &subscription.delivery {
        // A policy is numbers and texts, which can always be written as JSON.
        put("DeliveryPolicy", serde_json::to_string(policy).unwrap_or_default());
    }
    all
}

/// Everything that `GetSubscriptionAttributes` tells.
pub(super) fn all(subscription: &Subscription, topic: &Topic, account: &Account) -> Attributes {
    let mut all = declared(subscription);
    let is_pending = matches!(subscription.confirmation, Confirmation::Pending { .. });
    let protocol = subscription.endpoint.protocol();
    let told = [
        ("SubscriptionArn", subscription.arn().to_string()),
        ("TopicArn", subscription.topic.to_string()),
        ("Owner", account.id.to_string()),
        ("Protocol", protocol.as_str().to_owned()),
        ("Endpoint", subscription.endpoint.to_string()),
        ("PendingConfirmation", is_pending.to_string()),
        ("ConfirmationWasAuthenticated", (!is_pending).to_string()),
        ("SubscriptionPrincipal", format!("arn:aws:iam::{}:root", account.id)),
    ];
    all.extend(told.map(|(name, value)| (name.to_owned(), value)));
    if matches!(protocol, Protocol::Http | Protocol::Https) {
        let effective = topic.delivery.effective(subscription.delivery.as_ref());
        all.insert("EffectiveDeliveryPolicy".to_owned(), effective.effective_json());
    }
    all
}
