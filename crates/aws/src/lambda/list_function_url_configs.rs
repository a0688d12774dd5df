//! `ListFunctionUrlConfigs`: the addresses of a function and its aliases.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html>

use model::{FunctionUrl, Kept};
use serde::Serialize;

use super::function_urls::{self, Configured};
use super::page;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct ListFunctionUrlConfigs;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    function_url_configs: Vec<Configured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Action for ListFunctionUrlConfigs {
    const NAME: &'static str = "ListFunctionUrlConfigs";
    type Input<'a> = page::OfFunction;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let shown = |url: &FunctionUrl, kept: &Kept| function_urls::of(call, url, kept);
        let (function_url_configs, next_marker) = input.of(call, |url| &url.qualifier, shown)?;
        Ok(Output { function_url_configs, next_marker })
    }
}

impl RestAction for ListFunctionUrlConfigs {
    const ROUTE: Route = Route::new("GET", "/2021-10-31/functions/{FunctionName}/urls");
}
