//! `ListFunctionUrlConfigs`: the addresses of a function and its aliases.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html>

use model::FunctionUrl;
use serde::{Deserialize, Serialize};

use super::function_urls::{self, Configured};
use super::{named, page};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct ListFunctionUrlConfigs;

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
    function_url_configs: Vec<Configured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Action for ListFunctionUrlConfigs {
    const NAME: &'static str = "ListFunctionUrlConfigs";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let all = call.backing.control.resources();
        let own = named::own::<FunctionUrl>(&all, &named.function);
        let (marker, most) = (input.marker.as_deref(), input.max_items);
        let (page, next_marker) = page::cut(own, |it| it.0.qualifier.to_string(), marker, most)?;
        let configs = page.into_iter().map(|(url, kept)| function_urls::of(call, url, kept));
        Ok(Output { function_url_configs: configs.collect(), next_marker })
    }
}

impl RestAction for ListFunctionUrlConfigs {
    const ROUTE: Route = Route::new("GET", "/2021-10-31/functions/{FunctionName}/urls");
}
