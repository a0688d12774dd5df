//! `PutFunctionEventInvokeConfig`: how asynchronous invocations are retried, and who is told; what is left out is unset.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html>

use model::{EventInvokeConfig, ResourceChange};

use super::event_invoke_config::{Configured, Wanted};
use super::{event_invoke_config, named, problem};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct PutFunctionEventInvokeConfig;

impl Action for PutFunctionEventInvokeConfig {
    const NAME: &'static str = "PutFunctionEventInvokeConfig";
    type Input<'a> = Wanted;
    type Output = Configured;

    async fn run(wanted: Self::Input<'_>, call: &Call<'_>) -> Result<Configured, AwsError> {
        let named = named::find(call, &wanted.function_name, wanted.qualifier.as_deref())?;
        let old = EventInvokeConfig::new(named.function.clone(), named.qualifier());
        let config = event_invoke_config::set(old, &wanted)?;
        let put = edit(&*call.backing.control, problem::refused, |all| {
            named::check(call, all, &named)?;
            Ok((vec![ResourceChange::Keep(config.clone().into())], ()))
        });
        put.await?;
        let all = call.backing.control.resources();
        event_invoke_config::kept(call, &all, &named)
    }
}

impl RestAction for PutFunctionEventInvokeConfig {
    const ROUTE: Route =
        Route::new("PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config");
}
