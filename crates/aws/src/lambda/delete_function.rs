//! `DeleteFunction`: a function that an AWS call made with all that belongs to it, or one version.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html>

use model::{Alias, FunctionVersion, Qualifier, ResourceChange, ResourceId, Snapshot};
use serde::Deserialize;

use super::named::Named;
use super::{belongings, named, problem};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
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
        let gone = edit(&*call.backing.control, problem::refused, |all| {
            let leaving = leaving(call, all, &named)?;
            Ok((leaving.into_iter().map(ResourceChange::Forget).collect(), ()))
        });
        gone.await
    }
}

fn leaving(call: &Call<'_>, all: &Snapshot, named: &Named) -> Result<Vec<ResourceId>, AwsError> {
    match named.given {
        None => {
            named::made(call, all, &named.function)?;
            Ok(belongings::of_function(all, &named.function))
        }
        Some(Qualifier::Version(version @ FunctionVersion::Published(_))) => {
            let points = |alias: &&Alias| {
                alias.function == named.function
                    && (alias.version == version
                        || alias.other.is_some_and(|(other, _)| other == version))
            };
            match all.all::<Alias>().find(points) {
                None => Ok(belongings::of_qualified(all, named)),
                Some(alias) => Err(problem::conflict(format!(
                    "Unable to delete version because the following aliases reference it: [{}]",
                    alias.name
                ))),
            }
        }
        Some(_) => Err(problem::invalid(
            "$LATEST version cannot be deleted without deleting the function.",
        )),
    }
}

impl RestAction for DeleteFunction {
    const ROUTE: Route = Route::new("DELETE", "/2015-03-31/functions/{FunctionName}");
    const STATUS: u16 = 204;
}
