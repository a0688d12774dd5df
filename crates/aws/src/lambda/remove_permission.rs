//! `RemovePermission`: forgets a statement.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html>

use model::{FunctionPolicy, ResourceChange, ResourceId};
use serde::Deserialize;

use super::{named, problem, statements};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct RemovePermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    qualifier: Option<String>,
    statement_id: String,
    revision_id: Option<String>,
}

impl Action for RemovePermission {
    const NAME: &'static str = "RemovePermission";
    type Input<'a> = Input;
    type Output = ();

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<(), AwsError> {
        let named = named::find(call, &input.function_name, input.qualifier.as_deref())?;
        let id = &input.statement_id;
        let removed = edit(&*call.backing.control, problem::refused, |all| {
            let mut policy = statements::of(all, &named);
            statements::check_revision(all, &named, input.revision_id.as_deref())?;
            if policy.statements.remove(id).is_none() {
                let message = format!("Statement {id} is not found in resource policy.");
                return Err(problem::not_found(message));
            }
            let change = if policy.statements.is_empty() {
                ResourceChange::Forget(ResourceId::of::<FunctionPolicy>(named.id()))
            } else {
                ResourceChange::Keep(policy.into())
            };
            Ok((vec![change], ()))
        });
        removed.await
    }
}

impl RestAction for RemovePermission {
    const ROUTE: Route =
        Route::new("DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}");
    const STATUS: u16 = 204;
}
