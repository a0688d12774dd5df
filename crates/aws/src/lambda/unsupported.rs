//! Members of functions' inputs that have no counterpart here: they are refused by name, unless they
//! ask for what every function has anyway.

use std::collections::BTreeMap;

use model::FunctionName;
use serde_json::{Value, json};

use super::problem::unsupported;
use crate::error::AwsError;

/// All members of an input that no other field takes.
pub(super) type Members = BTreeMap<String, Value>;

pub(super) fn refuse(members: &Members, function: &FunctionName) -> Result<(), AwsError> {
    let mut asked = members.iter().filter_map(|(member, value)| asked(member, value, function));
    asked.next().map_or(Ok(()), |asked| Err(unsupported(&asked)))
}

/// What a member asks for that no function here has.
fn asked(member: &str, value: &Value, function: &FunctionName) -> Option<String> {
    let own = own(member, function);
    match value {
        said if is_empty(said) => None,
        Value::Object(parts) => parts
            .iter()
            .find(|(name, part)| !is_empty(part) && own.get(name) != Some(part))
            .map(|(name, part)| format!("{member} with {name} {part}")),
        _ => Some(member.to_owned()),
    }
}

/// What a function has anyway.
fn own(member: &str, function: &FunctionName) -> Value {
    match member {
        "EphemeralStorage" => json!({ "Size": 512 }),
        "LoggingConfig" => {
            json!({ "LogFormat": "Text", "LogGroup": format!("/aws/lambda/{function}") })
        }
        "SnapStart" => json!({ "ApplyOn": "None" }),
        "TracingConfig" => json!({ "Mode": "PassThrough" }),
        "VpcConfig" => json!({ "Ipv6AllowedForDualStack": false }),
        _ => Value::Null,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(member: &str, value: &str, expected: Option<&str>) {
        let function = FunctionName::parse("orders").expect("a name");
        let value: Value = serde_json::from_str(value).expect("JSON");
        assert_eq!(asked(member, &value, &function).as_deref(), expected, "{member}: {value}");
    }

    #[test]
    fn what_every_function_has_may_be_asked_for() {
        check("TracingConfig", r#"{"Mode": "PassThrough"}"#, None);
        check("LoggingConfig", r#"{"LogFormat": "Text"}"#, None);
        check("LoggingConfig", r#"{"LogGroup": "/aws/lambda/orders"}"#, None);
        check("EphemeralStorage", r#"{"Size": 512}"#, None);
        check("SnapStart", r#"{"ApplyOn": "None"}"#, None);
        check("VpcConfig", r#"{"SubnetIds": [], "SecurityGroupIds": []}"#, None);
        check("Layers", "[]", None);
        check("KMSKeyArn", "\"\"", None);
        check("ImageConfig", "null", None);
    }

    #[test]
    fn what_none_has_is_named() {
        let active = Some(r#"TracingConfig with Mode "Active""#);
        check("TracingConfig", r#"{"Mode": "Active"}"#, active);
        let json = Some(r#"LoggingConfig with LogFormat "JSON""#);
        check("LoggingConfig", r#"{"LogFormat": "JSON"}"#, json);
        let elsewhere = Some(r#"LoggingConfig with LogGroup "/all""#);
        check("LoggingConfig", r#"{"LogFormat": "Text", "LogGroup": "/all"}"#, elsewhere);
        check("EphemeralStorage", r#"{"Size": 1024}"#, Some("EphemeralStorage with Size 1024"));
        check("VpcConfig", r#"{"SubnetIds": ["a"]}"#, Some(r#"VpcConfig with SubnetIds ["a"]"#));
        check("Layers", r#"["arn"]"#, Some("Layers"));
        check("ImageUri", r#""registry/image""#, Some("ImageUri"));
        check(
            "DurableConfig",
            r#"{"ExecutionTimeout": 5}"#,
            Some("DurableConfig with ExecutionTimeout 5"),
        );
        check("PublishTo", r#""LATEST_PUBLISHED""#, Some("PublishTo"));
    }
}
