//! `GetProvisionedConcurrencyConfig`: how many environments are ready.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html>

use model::ProvisionedConcurrency;
use serde::Deserialize;

use super::provisioned;
use super::provisioned::Provisioned;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetProvisionedConcurrencyConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: String,
}

impl Action for GetProvisionedConcurrencyConfig {
    const NAME: &'static str = "GetProvisionedConcurrencyConfig";
    type Input<'a> = Input;
    type Output = Provisioned;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Provisioned, AwsError> {
        let named = provisioned::find(call, &input.function_name, &input.qualifier)?;
        let all = call.backing.control.resources();
        let found = all.find::<ProvisionedConcurrency>(named.id());
        let (wanted, kept) = found.ok_or_else(provisioned::missing)?;
        Ok(provisioned::of(call, wanted, kept))
    }
}

impl RestAction for GetProvisionedConcurrencyConfig {
    const ROUTE: Route =
        Route::new("GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency");
}
