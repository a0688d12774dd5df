//! `ListFunctionEventInvokeConfigs`: of a function's versions and aliases.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html>

use model::{EventInvokeConfig, Kept};
use serde::Serialize;

use super::event_invoke_config::Configured;
use super::{event_invoke_config, page};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct ListFunctionEventInvokeConfigs;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    function_event_invoke_configs: Vec<Configured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Action for ListFunctionEventInvokeConfigs {
    const NAME: &'static str = "ListFunctionEventInvokeConfigs";
    type Input<'a> = page::OfFunction;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let shown =
            |config: &EventInvokeConfig, kept: &Kept| event_invoke_config::of(call, config, kept);
        let (function_event_invoke_configs, next_marker) =
            input.of(call, |config| &config.qualifier, shown)?;
        Ok(Output { function_event_invoke_configs, next_marker })
    }
}

impl RestAction for ListFunctionEventInvokeConfigs {
    const ROUTE: Route =
        Route::new("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list");
}
