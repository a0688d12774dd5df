//! `Subscribe`: sends a topic's messages to one more endpoint.
//! <https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>

use model::resource::Declared;
use model::topic::{Confirmation, Endpoint, Protocol};
use model::{ResourceChange, Subscription, Topic};
use serde::{Deserialize, Serialize};

use super::errors;
use super::subscription_attributes::{self, Problem};
use super::{Attributes, arns};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct Subscribe;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: String,
    protocol: String,
    #[serde(default)]
    endpoint: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    return_subscription_arn: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    subscription_arn: String,
}

impl Action for Subscribe {
    const NAME: &'static str = "Subscribe";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let (account, topics) = (&call.backing.account, &call.backing.topics);
        let made = edit(&*call.backing.control, errors::refused, |seen| {
            let topic = arns::topic(&input.topic_arn, "TopicArn", account, seen)?;
            let endpoint = endpoint(&input, topic)?;
            let mut wanted = Subscription::new(topic.arn(account), endpoint);
            if let Some(there) = seen.get::<Subscription>(wanted.name()) {
                same(there, topic, &input.attributes)?;
                return Ok((Vec::new(), there.clone()));
            }
            set_all(&mut wanted, topic, &input.attributes)?;
            if topics.needs_consent(&wanted.endpoint) {
                wanted.confirmation = Confirmation::Pending { token: topics.new_token() };
            }
            Ok((vec![ResourceChange::Keep(wanted.clone().into())], wanted))
        });
        let subscription = made.await?;
        subscription_attributes::warn_of_missing(&subscription, call);
        // Who asks again, because nothing came, is answered with another question.
        let asked = topics.ask_for_consent(&subscription).await;
        asked.map_err(|error| errors::internal(error.to_string()))?;
        let is_told = subscription.is_confirmed() || input.return_subscription_arn;
        let arn = subscription.arn().to_string();
        let pending = "pending confirmation".to_owned();
        Ok(Output { subscription_arn: if is_told { arn } else { pending } })
    }
}

fn endpoint(input: &Input, topic: &Topic) -> Result<Endpoint, AwsError> {
    let protocol = Protocol::parse(&input.protocol).ok_or_else(|| {
        let unknown = "Amazon SNS does not support this protocol string";
        errors::invalid(format!("{unknown}: {}", input.protocol))
    })?;
    let endpoint = Endpoint::parse(protocol, &input.endpoint).map_err(errors::invalid)?;
    let is_fifo_queue =
        matches!(&endpoint, Endpoint::Queue(arn) if arn.resource().ends_with(".fifo"));
    if topic.fifo.is_none() && is_fifo_queue {
        return Err(errors::invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard \
             SNS topics",
        ));
    }
    if topic.fifo.is_some() && protocol != Protocol::Sqs {
        return Err(errors::invalid(format!(
            "Invalid protocol type: {} Reason: a FIFO topic is subscribed to by queues only",
            input.protocol
        )));
    }
    Ok(endpoint)
}

fn set_all(
    subscription: &mut Subscription,
    topic: &Topic,
    attributes: &Attributes,
) -> Result<(), AwsError> {
    let refuse = |problem| match problem {
        Problem::Name => errors::invalid("Attributes Reason: Unknown attribute"),
        Problem::Value(reason) if reason.starts_with("Filter policy scope") => {
            errors::invalid(reason)
        }
        Problem::Value(reason) => errors::invalid(format!("Attributes Reason: {reason}")),
    };
    for (name, value) in attributes {
        subscription_attributes::set(subscription, name, value).map_err(refuse)?;
    }
    subscription_attributes::check(subscription, topic).map_err(refuse)
}

/// A subscription of this endpoint is the one that is meant if it has what was given, by default or not.
/// What was not given is not looked at.
fn same(there: &Subscription, topic: &Topic, given: &Attributes) -> Result<(), AwsError> {
    let mut asked = there.clone();
    set_all(&mut asked, topic, given)?;
    if asked == *there {
        return Ok(());
    }
    let reason = "Attributes Reason: Subscription already exists with different attributes";
    Err(errors::invalid(reason))
}
