//! `GetAccountSettings`: what all functions together may use, and do.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html>

use model::ReservedConcurrency;
use serde::{Deserialize, Serialize};

use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetAccountSettings;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    account_limit: AccountLimit,
    account_usage: AccountUsage,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountLimit {
    total_code_size: u64,
    code_size_unzipped: u64,
    code_size_zipped: u64,
    concurrent_executions: u32,
    unreserved_concurrent_executions: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountUsage {
    total_code_size: u64,
    function_count: usize,
}

impl Action for GetAccountSettings {
    const NAME: &'static str = "GetAccountSettings";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let Input {} = input;
        let all = call.backing.control.resources();
        let reserved: u32 = all.all::<ReservedConcurrency>().map(|it| it.invocations).sum();
        let functions = call.backing.functions.describe_all().await;
        let most = call.backing.account_concurrency;
        Ok(Output {
            account_limit: AccountLimit {
                total_code_size: 80_530_636_800,
                code_size_unzipped: 262_144_000,
                code_size_zipped: 52_428_800,
                concurrent_executions: most,
                unreserved_concurrent_executions: most.saturating_sub(reserved),
            },
            account_usage: AccountUsage {
                total_code_size: functions.iter().map(|function| function.code_bytes).sum(),
                function_count: functions.len(),
            },
        })
    }
}

impl RestAction for GetAccountSettings {
    const ROUTE: Route = Route::new("GET", "/2016-08-19/account-settings");
}
