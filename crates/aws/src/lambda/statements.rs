//! Statements of a function's policy.

use model::{FunctionPolicy, Snapshot};
use serde_json::{Value, json};

use super::add_permission::Input;
use super::named::Named;
use super::revision;
use crate::call::Call;
use crate::error::AwsError;

pub(super) fn of(all: &Snapshot, named: &Named) -> FunctionPolicy {
    all.get::<FunctionPolicy>(named.id()).cloned().unwrap_or_else(|| FunctionPolicy {
        function: named.function.clone(),
        qualifier: named.qualifier(),
        statements: Default::default(),
    })
}

/// As Lambda writes it.
pub(super) fn statement(call: &Call<'_>, named: &Named, input: &Input) -> String {
    let principal = match input.principal.as_str() {
        "*" => json!("*"),
        service if service.contains(".amazonaws.com") => json!({ "Service": service }),
        account if account.bytes().all(|byte| byte.is_ascii_digit()) => {
            json!({ "AWS": format!("arn:aws:iam::{account}:root") })
        }
        other => json!({ "AWS": other }),
    };
    let mut statement = json!({
        "Sid": input.statement_id,
        "Effect": "Allow",
        "Principal": principal,
        "Action": input.action,
        "Resource": named.arn(call),
    });
    let condition = condition(input);
    if !condition.is_empty() {
        statement["Condition"] = Value::Object(condition);
    }
    statement.to_string()
}

/// When it applies.
fn condition(input: &Input) -> serde_json::Map<String, Value> {
    let via_url = input.invoked_via_function_url.map(|via| via.to_string());
    let said = [
        ("StringEquals", "AWS:SourceAccount", &input.source_account),
        ("StringEquals", "lambda:EventSourceToken", &input.event_source_token),
        ("StringEquals", "aws:PrincipalOrgID", &input.principal_organization),
        ("StringEquals", "lambda:FunctionUrlAuthType", &input.function_url_auth_type),
        ("Bool", "lambda:InvokedViaFunctionUrl", &via_url),
        ("ArnLike", "AWS:SourceArn", &input.source_arn),
    ];
    let mut condition = serde_json::Map::new();
    for (operator, key, value) in said {
        if let Some(value) = value {
            let of_operator = condition.entry(operator).or_insert_with(|| json!({}));
            of_operator[key] = value.as_str().into();
        }
    }
    condition
}

/// The policy's own revision; without a policy none is right.
pub(super) fn check_revision(
    all: &Snapshot,
    named: &Named,
    given: Option<&str>,
) -> Result<(), AwsError> {
    let kept = all.find::<FunctionPolicy>(named.id());
    revision::check(given, &kept.map(|(_, kept)| revision::of_kept(kept)).unwrap_or_default())
}

/// The whole policy.
pub(super) fn written(policy: &FunctionPolicy) -> String {
    let statements = policy.statements.values();
    let statements: Vec<Value> =
        statements.filter_map(|statement| serde_json::from_str(statement).ok()).collect();
    json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements }).to_string()
}
