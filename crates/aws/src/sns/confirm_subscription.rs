//! `ConfirmSubscription`: an endpoint's owner agrees, with the token it was sent.
//! <https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html>

use model::topic::Confirmation;
use model::{ResourceChange, Subscription};
use serde::{Deserialize, Serialize};

use super::arns;
use super::errors;
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct ConfirmSubscription;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: String,
    token: String,
    #[serde(default)]
    authenticate_on_unsubscribe: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    subscription_arn: String,
}

impl Action for ConfirmSubscription {
    const NAME: &'static str = "ConfirmSubscription";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let arn = arns::parse(&input.topic_arn, "TopicArn", &call.backing.account)?;
        let is_token =
            input.token.len() >= 64 && input.token.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_token {
            return Err(AwsError::bad("InvalidParameter", "Invalid token"));
        }
        let authenticated_unsubscribe = input.authenticate_on_unsubscribe == "true";
        let confirmed = edit(&*call.backing.control, errors::refused, |seen| {
            let of_topic = seen.all::<Subscription>().filter(|one| one.topic == arn);
            let mut waiting = of_topic.filter(|one| {
                matches!(&one.confirmation, Confirmation::Pending { token } if *token == input.token)
            });
            let mut confirmed = waiting.next().cloned().ok_or_else(|| errors::invalid("Token"))?;
            confirmed.confirmation = Confirmation::Confirmed { authenticated_unsubscribe };
            let told = confirmed.arn().to_string();
            Ok((vec![ResourceChange::Keep(confirmed.into())], told))
        });
        let subscription_arn = confirmed.await?;
        Ok(Output { subscription_arn })
    }
}
