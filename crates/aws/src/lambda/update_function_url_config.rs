//! `UpdateFunctionUrlConfig`: other settings of a function's address.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html>

use model::ResourceChange;
use serde::Deserialize;

use super::function_urls::{self, Configured, Wanted};
use super::problem;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct UpdateFunctionUrlConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
    #[serde(flatten)]
    wanted: Wanted,
}

impl Action for UpdateFunctionUrlConfig {
    const NAME: &'static str = "UpdateFunctionUrlConfig";
    type Input<'a> = Input;
    type Output = Configured;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Configured, AwsError> {
        let named = function_urls::find(call, &input.function_name, input.qualifier.as_deref())?;
        let made = edit(&*call.backing.control, problem::refused, |all| {
            let mut url = function_urls::kept(all, &named)?.0.clone();
            function_urls::set(&mut url, &input.wanted)?;
            Ok((vec![ResourceChange::Keep(url.into())], ()))
        });
        made.await?;
        function_urls::changed(call, &named)
    }
}

impl RestAction for UpdateFunctionUrlConfig {
    const ROUTE: Route = Route::new("PUT", "/2021-10-31/functions/{FunctionName}/url");
}
