//! `DeleteFunctionConcurrency`: reserves nothing for a function any more.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html>

use model::{ReservedConcurrency, ResourceId};
use serde::Deserialize;

use super::{change, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct DeleteFunctionConcurrency;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
}

impl Action for DeleteFunctionConcurrency {
    const NAME: &'static str = "DeleteFunctionConcurrency";
    type Input<'a> = Input;
    type Output = ();

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<(), AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        change::forget(call, ResourceId::of::<ReservedConcurrency>(&named.function)).await
    }
}

impl RestAction for DeleteFunctionConcurrency {
    const ROUTE: Route = Route::new("DELETE", "/2017-10-31/functions/{FunctionName}/concurrency");
    const STATUS: u16 = 204;
}
