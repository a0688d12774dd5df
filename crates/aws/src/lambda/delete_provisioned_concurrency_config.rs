//! `DeleteProvisionedConcurrencyConfig`: keeps nothing ready any more.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html>

use model::{ProvisionedConcurrency, ResourceId};
use serde::Deserialize;

use super::{change, provisioned};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct DeleteProvisionedConcurrencyConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: String,
}

impl Action for DeleteProvisionedConcurrencyConfig {
    const NAME: &'static str = "DeleteProvisionedConcurrencyConfig";
    type Input<'a> = Input;
    type Output = ();

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<(), AwsError> {
        let named = provisioned::find(call, &input.function_name, &input.qualifier)?;
        change::forget(call, ResourceId::of::<ProvisionedConcurrency>(named.id())).await
    }
}

impl RestAction for DeleteProvisionedConcurrencyConfig {
    const ROUTE: Route =
        Route::new("DELETE", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency");
    const STATUS: u16 = 204;
}
