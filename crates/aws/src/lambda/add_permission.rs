//! `AddPermission`: notes who may invoke a function; everybody may who reaches this server.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>

use model::ResourceChange;
use serde::{Deserialize, Serialize};

use super::{named, problem, statements};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::constraint::Broken;
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
        check(&input)?;
        let named = named::find(call, &input.function_name, input.qualifier.as_deref())?;
        let statement = statements::statement(call, &named, &input);
        let id = input.statement_id.clone();
        let added = edit(&*call.backing.control, problem::refused, |all| {
            let mut policy = statements::of(all, &named);
            statements::check_revision(all, &named, input.revision_id.as_deref())?;
            if policy.statements.insert(id.clone(), statement.clone()).is_some() {
                return Err(problem::conflict(format!(
                    "The statement id ({id}) provided already exists. Please provide a new \
                     statement id, or remove the existing statement."
                )));
            }
            Ok((vec![ResourceChange::Keep(policy.into())], ()))
        });
        added.await?;
        Ok(Output { statement })
    }
}

/// As the model of the action has its members.
fn check(input: &Input) -> Result<(), AwsError> {
    let mut broken = Broken::default();
    let id = &input.statement_id;
    let is_id = !id.is_empty()
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    broken.pattern(id, "statementId", "([a-zA-Z0-9-_]+)", is_id);
    broken.at_most(id, "statementId", 100);
    let action = &input.action;
    broken.pattern(action, "action", "(lambda:[*]|lambda:[a-zA-Z]+|[*])", is_action(action));
    let principal = &input.principal;
    let is_word = !principal.is_empty() && !principal.contains(char::is_whitespace);
    broken.pattern(principal, "principal", r"[^\s]+", is_word);
    if let Some(account) = &input.source_account {
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        broken.pattern(account, "sourceAccount", r"\d{12}", is_account);
    }
    broken.refuse()
}

fn is_action(text: &str) -> bool {
    let of_lambda = |name: &str| {
        name == "*" || (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic()))
    };
    text == "*" || text.strip_prefix("lambda:").is_some_and(of_lambda)
}

impl RestAction for AddPermission {
    const ROUTE: Route = Route::new("POST", "/2015-03-31/functions/{FunctionName}/policy");
    const STATUS: u16 = 201;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_lambdas() {
        for good in ["lambda:InvokeFunction", "lambda:*", "*"] {
            assert!(is_action(good), "{good}");
        }
        for bad in ["", "lambda:", "lambda:Invoke*", "lambda", "sqs:SendMessage", "InvokeFunction"]
        {
            assert!(!is_action(bad), "{bad}");
        }
    }
}
