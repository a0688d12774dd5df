//! `AddPermission`: notes who may invoke a function; everybody may who reaches this server.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>

use model::ResourceChange;
use serde::{Deserialize, Serialize};

use super::{named, problem, statements};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct AddPermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    function_name: String,
    pub(super) qualifier: Option<String>,
    pub(super) statement_id: String,
    pub(super) action: String,
    pub(super) principal: String,
    pub(super) source_arn: Option<String>,
    pub(super) source_account: Option<String>,
    pub(super) event_source_token: Option<String>,
    #[serde(rename = "PrincipalOrgID")]
    pub(super) principal_organization: Option<String>,
    pub(super) function_url_auth_type: Option<String>,
    pub(super) invoked_via_function_url: Option<bool>,
    revision_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    statement: String,
}

impl Action for AddPermission {
    const NAME: &'static str = "AddPermission";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let named = named::find(call, &input.function_name, input.qualifier.as_deref())?;
        let statement = statements::statement(call, &named, &input);
        let id = input.statement_id.clone();
        let added = edit(&*call.backing.control, |all| {
            let mut policy = statements::of(all, &named);
            statements::check_revision(all, &named, input.revision_id.as_deref())?;
            if policy.statements.insert(id.clone(), statement.clone()).is_some() {
                return Err(problem::conflict(format!(
                    "The statement id ({id}) provided already exists. Please provide a new \
                     statement id, or remove the existing statement."
                ))
                .into());
            }
            Ok::<_, problem::Problem>((vec![ResourceChange::Keep(policy.into())], ()))
        });
        added.await?;
        Ok(Output { statement })
    }
}

impl RestAction for AddPermission {
    const ROUTE: Route = Route::new("POST", "/2015-03-31/functions/{FunctionName}/policy");
    const STATUS: u16 = 201;
}
