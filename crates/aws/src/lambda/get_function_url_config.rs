//! `GetFunctionUrlConfig`: a function's address, and who gets answers there.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html>

use serde::Deserialize;

use super::function_urls::{self, Configured};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetFunctionUrlConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
}

impl Action for GetFunctionUrlConfig {
    const NAME: &'static str = "GetFunctionUrlConfig";
    type Input<'a> = Input;
    type Output = Configured;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Configured, AwsError> {
        let named = function_urls::find(call, &input.function_name, input.qualifier.as_deref())?;
        let all = call.backing.control.resources();
        let (url, kept) = function_urls::kept(&all, &named)?;
        Ok(function_urls::of(call, url, kept))
    }
}

impl RestAction for GetFunctionUrlConfig {
    const ROUTE: Route = Route::new("GET", "/2021-10-31/functions/{FunctionName}/url");
}
