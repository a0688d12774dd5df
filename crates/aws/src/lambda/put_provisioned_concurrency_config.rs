//! `PutProvisionedConcurrencyConfig`: keeps environments of a version or alias ready.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html>

use model::ProvisionedConcurrency;
use serde::Deserialize;

use super::provisioned::Provisioned;
use super::{change, problem, provisioned};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct PutProvisionedConcurrencyConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: String,
    provisioned_concurrent_executions: u32,
}

impl Action for PutProvisionedConcurrencyConfig {
    const NAME: &'static str = "PutProvisionedConcurrencyConfig";
    type Input<'a> = Input;
    type Output = Provisioned;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Provisioned, AwsError> {
        let named = provisioned::find(call, &input.function_name, &input.qualifier)?;
        let environments = input.provisioned_concurrent_executions;
        if environments == 0 {
            return Err(problem::invalid("ProvisionedConcurrentExecutions must be at least 1"));
        }
        let wanted = ProvisionedConcurrency {
            function: named.function.clone(),
            qualifier: named.qualifier(),
            environments,
        };
        change::keep(call, wanted).await?;
        let all = call.backing.control.resources();
        let found = all.find::<ProvisionedConcurrency>(named.id());
        let (wanted, kept) = found.ok_or_else(provisioned::missing)?;
        Ok(provisioned::of(call, wanted, kept))
    }
}

impl RestAction for PutProvisionedConcurrencyConfig {
    const ROUTE: Route =
        Route::new("PUT", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency");
    const STATUS: u16 = 202;
}
