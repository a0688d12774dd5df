//! `DeleteFunction`: a function that an AWS call made with all that belongs to it, or one version.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html>

use model::{
    Alias, FunctionName, FunctionVersion, PublishedVersion, Qualifier, ResourceId, Snapshot,
};
use serde::Deserialize;

use super::{change, named, problem};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct DeleteFunction;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
}

impl Action for DeleteFunction {
    const NAME: &'static str = "DeleteFunction";
    type Input<'a> = Input;
    type Output = ();

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<(), AwsError> {
        let named = named::find(call, &input.function_name, input.qualifier.as_deref())?;
        let all = call.backing.control.resources();
        match named.given {
            None => {
                named::made(call, &all, &named.function)?;
                change::forget(call, belongings(&all, &named.function)).await
            }
            Some(Qualifier::Version(FunctionVersion::Published(number))) => {
                let version = FunctionVersion::Published(number);
                let points = |alias: &&Alias| {
                    alias.function == named.function
                        && (alias.version == version
                            || alias.other.is_some_and(|(other, _)| other == version))
                };
                if let Some(alias) = all.all::<Alias>().find(points) {
                    return Err(problem::conflict(format!(
                        "Unable to delete version because the following aliases reference it: [{}]",
                        alias.name
                    )));
                }
                let id = PublishedVersion::id(&named.function, number);
                change::forget(call, vec![ResourceId::of::<PublishedVersion>(id)]).await
            }
            Some(_) => Err(problem::invalid(
                "$LATEST version cannot be deleted without deleting the function.",
            )),
        }
    }
}

impl RestAction for DeleteFunction {
    const ROUTE: Route = Route::new("DELETE", "/2015-03-31/functions/{FunctionName}");
    const STATUS: u16 = 204;
}

/// Everything that is kept under the function's name.
fn belongings(all: &Snapshot, function: &FunctionName) -> Vec<ResourceId> {
    use model::ResourceKind::{
        Alias, EventInvokeConfig, Function, FunctionPolicy, FunctionSettings, FunctionUrl,
        FunctionVersion, ProvisionedConcurrency, ReservedConcurrency,
    };
    const KINDS: [model::ResourceKind; 9] = [
        Alias,
        EventInvokeConfig,
        Function,
        FunctionPolicy,
        FunctionSettings,
        FunctionUrl,
        FunctionVersion,
        ProvisionedConcurrency,
        ReservedConcurrency,
    ];
    let prefix = format!("{function}:");
    let is_its = |id: &&ResourceId| {
        KINDS.contains(&id.kind) && (*id.name == *function.as_str() || id.name.starts_with(&prefix))
    };
    all.iter().map(|(id, _)| id).filter(is_its).cloned().collect()
}
