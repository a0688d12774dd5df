//! `DeleteFunctionUrlConfig`: takes a function's address away.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html>

use model::{FunctionUrl, ResourceChange, ResourceId};
use serde::Deserialize;

use super::function_urls;
use super::problem;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct DeleteFunctionUrlConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
}

impl Action for DeleteFunctionUrlConfig {
    const NAME: &'static str = "DeleteFunctionUrlConfig";
    type Input<'a> = Input;
    type Output = ();

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<(), AwsError> {
        let named = function_urls::find(call, &input.function_name, input.qualifier.as_deref())?;
        let id = ResourceId::of::<FunctionUrl>(named.id());
        let removed = edit(&*call.backing.control, problem::refused, |all| {
            function_urls::kept(all, &named)?;
            Ok((vec![ResourceChange::Forget(id.clone())], ()))
        });
        removed.await
    }
}

impl RestAction for DeleteFunctionUrlConfig {
    const ROUTE: Route = Route::new("DELETE", "/2021-10-31/functions/{FunctionName}/url");
    const STATUS: u16 = 204;
}
