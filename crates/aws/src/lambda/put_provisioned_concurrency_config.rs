//! `PutProvisionedConcurrencyConfig`: keeps environments of a version or alias ready.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html>

use model::{ProvisionedConcurrency, ResourceChange};
use serde::Deserialize;

use super::problem;
use super::provisioned;
use super::provisioned::Provisioned;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::constraint;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct PutProvisionedConcurrencyConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: String,
    provisioned_concurrent_executions: i64,
}

impl Action for PutProvisionedConcurrencyConfig {
    const NAME: &'static str = "PutProvisionedConcurrencyConfig";
    type Input<'a> = Input;
    type Output = Provisioned;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Provisioned, AwsError> {
        let environments = constraint::within(
            input.provisioned_concurrent_executions,
            "provisionedConcurrentExecutions",
            1..=i64::from(u32::MAX),
        )?;
        let named = provisioned::find(call, &input.function_name, &input.qualifier)?;
        let wanted = ProvisionedConcurrency {
            function: named.function.clone(),
            qualifier: named.qualifier(),
            environments,
        };
        let kept = edit(&*call.backing.control, problem::refused, |all| {
            provisioned::check(all, &named, environments)?;
            Ok((vec![ResourceChange::Keep(wanted.clone().into())], ()))
        });
        kept.await?;
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
