//! `Unsubscribe`: ends a subscription.
//! <https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html>

use model::topic::Confirmation;
use model::{ResourceChange, ResourceId, Subscription};
use serde::Deserialize;

use super::{Done, arns, errors};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct Unsubscribe;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    subscription_arn: String,
}

impl Action for Unsubscribe {
    const NAME: &'static str = "Unsubscribe";
    type Input<'a> = Input;
    type Output = Done;

    /// Ending what is not there changes nothing.
    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let arn = arns::parse(&input.subscription_arn, "SubscriptionArn", &call.backing.account)?;
        let is_signed = call.header("authorization").is_some();
        let ended = edit(&*call.backing.control, errors::refused, |seen| {
            let Some(there) = seen.get::<Subscription>(arn.resource()) else {
                return Ok((Vec::new(), None));
            };
            let must_be_signed = matches!(
                there.confirmation,
                Confirmation::Confirmed { authenticated_unsubscribe: true }
            );
            if must_be_signed && !is_signed {
                let message = "Only a signed request ends this subscription".to_owned();
                return Err(errors::not_authorized(message));
            }
            let id = ResourceId::of::<Subscription>(arn.resource());
            Ok((vec![ResourceChange::Forget(id)], Some(there.clone())))
        });
        if let Some(gone) = ended.await? {
            let topics = &call.backing.topics;
            let told = topics.tell_of_end(&gone, topics.new_token()).await;
            told.map_err(|error| errors::internal(error.to_string()))?;
        }
        Ok(Done)
    }
}
