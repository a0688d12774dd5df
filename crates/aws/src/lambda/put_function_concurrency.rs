//! `PutFunctionConcurrency`: reserves concurrency for a function, which is also its bound.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html>

use model::function::LEAST_UNRESERVED;
use model::{ReservedConcurrency, ResourceChange};
use serde::{Deserialize, Serialize};

use super::{named, problem, provisioned};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::constraint;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct PutFunctionConcurrency;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    reserved_concurrent_executions: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved_concurrent_executions: Option<u32>,
}

impl Action for PutFunctionConcurrency {
    const NAME: &'static str = "PutFunctionConcurrency";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let wanted = constraint::within(
            input.reserved_concurrent_executions,
            "reservedConcurrentExecutions",
            0..=i64::from(u32::MAX),
        )?;
        let named = named::find(call, &input.function_name, None)?;
        let reserved = edit(&*call.backing.control, problem::refused, |all| {
            let provisioned = provisioned::total(all, &named.function, None);
            if wanted < provisioned {
                return Err(problem::invalid(format!(
                    "ReservedConcurrentExecutions {wanted} should not be lower than function's \
                     total provisioned concurrency [{provisioned}]."
                )));
            }
            let others = all.all::<ReservedConcurrency>();
            let others = others.filter(|it| it.function != named.function);
            let others: u32 = others.map(|other| other.invocations).sum();
            let left = call.backing.account_concurrency.checked_sub(others);
            let left = left.and_then(|left| left.checked_sub(wanted));
            if wanted > 0 && left.is_none_or(|left| left < LEAST_UNRESERVED) {
                return Err(problem::invalid(format!(
                    "Specified ReservedConcurrentExecutions for function decreases account's \
                     UnreservedConcurrentExecution below its minimum value of [{LEAST_UNRESERVED}]."
                )));
            }
            let function = named.function.clone();
            let reserved = ReservedConcurrency { function, invocations: wanted };
            Ok((vec![ResourceChange::Keep(reserved.into())], wanted))
        });
        Ok(Output { reserved_concurrent_executions: Some(reserved.await?) })
    }
}

impl RestAction for PutFunctionConcurrency {
    const ROUTE: Route = Route::new("PUT", "/2017-10-31/functions/{FunctionName}/concurrency");
}
