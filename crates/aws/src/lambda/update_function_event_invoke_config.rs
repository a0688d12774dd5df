//! `UpdateFunctionEventInvokeConfig`: as `PutFunctionEventInvokeConfig`; what is left out stays.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html>

use model::{EventInvokeConfig, ResourceChange};

use super::event_invoke_config::{Configured, Wanted};
use super::{event_invoke_config, named, problem};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct UpdateFunctionEventInvokeConfig;

impl Action for UpdateFunctionEventInvokeConfig {
    const NAME: &'static str = "UpdateFunctionEventInvokeConfig";
    type Input<'a> = Wanted;
    type Output = Configured;

    async fn run(wanted: Self::Input<'_>, call: &Call<'_>) -> Result<Configured, AwsError> {
        let named = named::find(call, &wanted.function_name, wanted.qualifier.as_deref())?;
        let changed = edit(&*call.backing.control, problem::refused, |all| {
            let old = all.get::<EventInvokeConfig>(named.id()).cloned();
            let old = old.ok_or_else(|| event_invoke_config::missing(call, &named))?;
            let config = event_invoke_config::set(old, &wanted)?;
            Ok((vec![ResourceChange::Keep(config.into())], ()))
        });
        changed.await?;
        let all = call.backing.control.resources();
        event_invoke_config::kept(call, &all, &named)
    }
}

impl RestAction for UpdateFunctionEventInvokeConfig {
    const ROUTE: Route =
        Route::new("POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config");
}
