//! `ListProvisionedConcurrencyConfigs`: of a function's versions and aliases.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html>

use model::{FunctionVersion, ProvisionedConcurrency, Qualifier};
use serde::{Deserialize, Serialize};

use super::provisioned::Provisioned;
use super::{named, page, problem, provisioned};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct ListProvisionedConcurrencyConfigs;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    provisioned_concurrency_configs: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    function_arn: String,
    #[serde(flatten)]
    provisioned: Provisioned,
}

impl Action for ListProvisionedConcurrencyConfigs {
    const NAME: &'static str = "ListProvisionedConcurrencyConfigs";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let named = named::find(call, &input.function_name, None)?;
        let all = call.backing.control.resources();
        let mut own = named::own::<ProvisionedConcurrency>(&all, &named.function);
        // What a manifest keeps ready of `$LATEST` is nothing that AWS's clients know.
        let latest = Qualifier::Version(FunctionVersion::Latest);
        own.retain(|(wanted, _)| wanted.qualifier != latest);
        let (marker, most) = (input.marker.as_deref(), input.max_items);
        let (page, next_marker) = page::cut(own, |it| it.0.qualifier.to_string(), marker, most)?;
        let item = |(wanted, kept): (&ProvisionedConcurrency, _)| Item {
            function_arn: problem::arn(
                &call.backing.account,
                model::function::qualified(&wanted.function, &wanted.qualifier),
            ),
            provisioned: provisioned::of(call, wanted, kept),
        };
        let items = page.into_iter().map(item).collect();
        Ok(Output { provisioned_concurrency_configs: items, next_marker })
    }
}

impl RestAction for ListProvisionedConcurrencyConfigs {
    const ROUTE: Route =
        Route::new("GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency")
            .asking("List");
}
