//! `DeleteFunctionEventInvokeConfig`: back to two retries and six hours, with nobody told.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html>

use model::{EventInvokeConfig, ResourceId};
use serde::Deserialize;

use super::{change, event_invoke_config, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct DeleteFunctionEventInvokeConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
}

impl Action for DeleteFunctionEventInvokeConfig {
    const NAME: &'static str = "DeleteFunctionEventInvokeConfig";
    type Input<'a> = Input;
    type Output = ();

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<(), AwsError> {
        let named = named::find(call, &input.function_name, input.qualifier.as_deref())?;
        if call.backing.control.resources().get::<EventInvokeConfig>(named.id()).is_none() {
            return Err(event_invoke_config::missing(call, &named));
        }
        change::forget(call, ResourceId::of::<EventInvokeConfig>(named.id())).await
    }
}

impl RestAction for DeleteFunctionEventInvokeConfig {
    const ROUTE: Route =
        Route::new("DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config");
    const STATUS: u16 = 204;
}
