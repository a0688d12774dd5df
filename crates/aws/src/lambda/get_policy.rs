//! `GetPolicy`: the statements about a function.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html>

use model::FunctionPolicy;
use serde::{Deserialize, Serialize};

use super::{named, problem, revision, statements};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetPolicy;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    policy: String,
    revision_id: String,
}

impl Action for GetPolicy {
    const NAME: &'static str = "GetPolicy";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let named = named::find(call, &input.function_name, input.qualifier.as_deref())?;
        let all = call.backing.control.resources();
        let Some((found, kept)) = all.find::<FunctionPolicy>(named.id()) else {
            return Err(problem::not_found("The resource you requested does not exist."));
        };
        let revision_id = revision::of_kept(kept);
        Ok(Output { policy: statements::written(found), revision_id })
    }
}

impl RestAction for GetPolicy {
    const ROUTE: Route = Route::new("GET", "/2015-03-31/functions/{FunctionName}/policy");
}
