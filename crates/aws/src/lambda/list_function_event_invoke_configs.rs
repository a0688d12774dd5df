//! `ListFunctionEventInvokeConfigs`: of a function's versions and aliases.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html>

use model::EventInvokeConfig;
use serde::{Deserialize, Serialize};

use super::event_invoke_config::Configured;
use super::{event_invoke_config, named, page};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct ListFunctionEventInvokeConfigs;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    marker: Option<String>,
    max_items: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    function_event_invoke_configs: Vec<Configured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Action for ListFunctionEventInvokeConfigs {
    const NAME: &'static str = "ListFunctionEventInvokeConfigs";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let all = call.backing.control.resources();
        let own = named::own::<EventInvokeConfig>(&all, &named.function);
        let (marker, most) = (input.marker.as_deref(), input.max_items);
        let (page, next_marker) = page::cut(own, |it| it.0.qualifier.to_string(), marker, most)?;
        let configs =
            page.into_iter().map(|(config, kept)| event_invoke_config::of(call, config, kept));
        Ok(Output { function_event_invoke_configs: configs.collect(), next_marker })
    }
}

impl RestAction for ListFunctionEventInvokeConfigs {
    const ROUTE: Route =
        Route::new("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list");
}
