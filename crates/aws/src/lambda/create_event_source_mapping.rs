//! `CreateEventSourceMapping`: a function gets a queue's messages from now on.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>

use std::collections::BTreeMap;

use model::{Arn, EventSourceMapping, RequestId, ResourceChange};
use serde::Deserialize;

use super::event_source_mappings::{PATH, Settings, Shown, State, check, refused, timeout};
use super::problem::invalid;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct CreateEventSourceMapping;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    event_source_arn: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(flatten)]
    settings: Settings,
}

impl Action for CreateEventSourceMapping {
    const NAME: &'static str = "CreateEventSourceMapping";
    type Input<'a> = Input;
    type Output = Shown;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Shown, AwsError> {
        let queue = input.event_source_arn.as_deref().and_then(Arn::parse);
        let queue = queue.filter(|queue| queue.service() == "sqs").ok_or_else(|| {
            invalid("Unrecognized event source, must be a queue: its ARN is the EventSourceArn.")
        })?;
        if input.settings.function_name.is_none() {
            return Err(AwsError::null("functionName"));
        }
        let account = &call.backing.account;
        let id = RequestId::from_random(call.random.borrow_mut().u128(..)).to_string();
        let function = account.arn("lambda", "function:");
        let mut wanted = EventSourceMapping::new(id, queue, function);
        wanted.tags = input.tags;
        input.settings.apply(&mut wanted, account)?;
        let timeout = timeout::of(call, &wanted).await;
        let made = edit(&*call.backing.control, refused, |seen| {
            check(&wanted, seen, timeout)?;
            Ok((vec![ResourceChange::Keep(wanted.clone().into())], ()))
        });
        made.await?;
        let now = call.backing.clock.timestamp();
        Ok(Shown::of(&wanted, now, State::Creating, account))
    }
}

impl RestAction for CreateEventSourceMapping {
    const ROUTE: Route = Route::new("POST", PATH);
    const STATUS: u16 = 202;
}
