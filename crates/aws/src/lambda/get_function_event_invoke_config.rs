//! `GetFunctionEventInvokeConfig`: how asynchronous invocations are retried, and who is told.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html>

use serde::Deserialize;

use super::event_invoke_config::Configured;
use super::{event_invoke_config, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetFunctionEventInvokeConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
}

impl Action for GetFunctionEventInvokeConfig {
    const NAME: &'static str = "GetFunctionEventInvokeConfig";
    type Input<'a> = Input;
    type Output = Configured;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Configured, AwsError> {
        let named = named::find(call, &input.function_name, input.qualifier.as_deref())?;
        let all = call.backing.control.resources();
        event_invoke_config::kept(call, &all, &named)
    }
}

impl RestAction for GetFunctionEventInvokeConfig {
    const ROUTE: Route =
        Route::new("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config");
}
