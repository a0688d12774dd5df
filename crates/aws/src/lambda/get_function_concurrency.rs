//! `GetFunctionConcurrency`: what is reserved for a function.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html>

use model::ReservedConcurrency;
use serde::{Deserialize, Serialize};

use super::named;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetFunctionConcurrency;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved_concurrent_executions: Option<u32>,
}

impl Action for GetFunctionConcurrency {
    const NAME: &'static str = "GetFunctionConcurrency";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let all = call.backing.control.resources();
        let reserved = all.get::<ReservedConcurrency>(&named.function);
        Ok(Output { reserved_concurrent_executions: reserved.map(|it| it.invocations) })
    }
}

impl RestAction for GetFunctionConcurrency {
    const ROUTE: Route = Route::new("GET", "/2019-09-30/functions/{FunctionName}/concurrency");
}
