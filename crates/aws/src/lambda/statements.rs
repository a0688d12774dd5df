//! Statements of a function's policy.

use model::{FunctionPolicy, Snapshot};
use serde_json::{Value, json};

use super::add_permission::Input;
use super::named::Named;
use crate::call::Call;

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
    let mut condition = serde_json::Map::new();
    if let Some(account) = &input.source_account {
        condition.insert("StringEquals".to_owned(), json!({ "AWS:SourceAccount": account }));
    }
    if let Some(arn) = &input.source_arn {
        condition.insert("ArnLike".to_owned(), json!({ "AWS:SourceArn": arn }));
    }
    if !condition.is_empty() {
        statement["Condition"] = Value::Object(condition);
    }
    statement.to_string()
}

/// The whole policy.
pub(super) fn written(policy: &FunctionPolicy) -> String {
    let statements = policy.statements.values();
    let statements: Vec<Value> =
        statements.filter_map(|statement| serde_json::from_str(statement).ok()).collect();
    json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements }).to_string()
}
