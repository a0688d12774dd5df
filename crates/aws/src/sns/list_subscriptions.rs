//! `ListSubscriptions`: all subscriptions, a hundred at a time.
//! <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html>

use model::resource::Declared;
use model::{Account, Subscription};
use serde::{Deserialize, Serialize};

use super::errors;
use super::list_topics::MOST;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;
use crate::page::page;

pub(super) struct ListSubscriptions;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    subscriptions: Vec<Listed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    subscription_arn: String,
    owner: String,
    protocol: &'static str,
    endpoint: String,
    topic_arn: String,
}

impl Action for ListSubscriptions {
    const NAME: &'static str = "ListSubscriptions";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let seen = call.backing.control.resources();
        let all = seen.all::<Subscription>();
        part(all, input.next_token.as_deref(), &call.backing.account)
    }
}

/// One page of these.
pub(super) fn part<'a>(
    subscriptions: impl Iterator<Item = &'a Subscription>,
    token: Option<&str>,
    account: &Account,
) -> Result<Output, AwsError> {
    let named: Vec<_> = subscriptions.map(|one| (one.name(), one)).collect();
    let page = page(named.iter(), |(name, _)| name.as_str(), token, MOST)
        .map_err(|_| errors::invalid("NextToken"))?;
    let subscriptions = page.items.into_iter().map(|(_, one)| listed(one, account)).collect();
    Ok(Output { subscriptions, next_token: page.next })
}

/// One that is not confirmed has no ARN yet.
fn listed(subscription: &Subscription, account: &Account) -> Listed {
    let arn = match subscription.is_confirmed() {
        true => subscription.arn().to_string(),
        false => "PendingConfirmation".to_owned(),
    };
    Listed {
        subscription_arn: arn,
        owner: account.id.to_string(),
        protocol: subscription.endpoint.protocol().as_str(),
        endpoint: subscription.endpoint.to_string(),
        topic_arn: subscription.topic.to_string(),
    }
}
