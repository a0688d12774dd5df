//! `PutFunctionEventInvokeConfig`: how asynchronous invocations are retried, and who is told; what is left out is unset.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html>

use model::EventInvokeConfig;
use serde::Deserialize;

use super::event_invoke_config::{Configured, DestinationConfig, Wanted};
use super::{change, event_invoke_config, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct PutFunctionEventInvokeConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
    maximum_retry_attempts: Option<u32>,
    maximum_event_age_in_seconds: Option<u64>,
    destination_config: Option<DestinationConfig>,
}

impl Action for PutFunctionEventInvokeConfig {
    const NAME: &'static str = "PutFunctionEventInvokeConfig";
    type Input<'a> = Input;
    type Output = Configured;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Configured, AwsError> {
        let named = named::find(call, &input.function_name, input.qualifier.as_deref())?;
        let old = EventInvokeConfig::new(named.function.clone(), named.qualifier());
        let wanted = Wanted {
            retries: input.maximum_retry_attempts,
            age: input.maximum_event_age_in_seconds,
            destinations: input.destination_config,
        };
        let config = event_invoke_config::set(old, wanted)?;
        change::keep(call, config).await?;
        let all = call.backing.control.resources();
        event_invoke_config::kept(call, &all, &named)
    }
}

impl RestAction for PutFunctionEventInvokeConfig {
    const ROUTE: Route =
        Route::new("PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config");
}
