//! Which of a topic's messages a subscription wants.
//! <https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html>

use serde_json::{Map, Value};

use crate::{AttributeData, AttributeValue, Pattern};

pub const MOST_KEYS: usize = 5;
pub const MOST_COMBINATIONS: u64 = 150;
const MOST_BYTES: usize = 256 * 1024;

/// What a policy looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FilterScope {
    #[default]
    MessageAttributes,
    MessageBody,
}

impl FilterScope {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "MessageAttributes" => Some(Self::MessageAttributes),
            "MessageBody" => Some(Self::MessageBody),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageAttributes => "MessageAttributes",
            Self::MessageBody => "MessageBody",
        }
    }
}

/// A compiled policy.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterPolicy {
    scope: FilterScope,
    pattern: Pattern,
}

impl FilterPolicy {
    /// A refusal is AWS's text, behind `Invalid parameter: `.
    pub fn compile(text: &str, scope: FilterScope) -> Result<Self, String> {
        if text.len() > MOST_BYTES {
            return Err("FilterPolicy: Filter policy is too large".to_owned());
        }
        let pattern =
            Pattern::compile(text).map_err(|problem| format!("FilterPolicy: {problem}"))?;
        if scope == FilterScope::MessageAttributes && pattern.is_nested() {
            return Err(
                "Filter policy scope MessageAttributes does not support nested filter policy"
                    .to_owned(),
            );
        }
        if pattern.keys() > MOST_KEYS {
            let more = format!("Filter policy can not have more than {MOST_KEYS} keys");
            return Err(format!("FilterPolicy: {more}"));
        }
        if pattern.combinations() > MOST_COMBINATIONS {
            return Err("FilterPolicy: Filter policy is too complex".to_owned());
        }
        Ok(Self { scope, pattern })
    }

    /// A body that is no JSON document matches no policy.
    pub fn wants(&self, body: &str, attributes: &[(String, AttributeValue)]) -> bool {
        match self.scope {
            FilterScope::MessageAttributes => self.pattern.matches(&as_json(attributes)),
            FilterScope::MessageBody => {
                serde_json::from_str(body).is_ok_and(|body: Value| self.pattern.matches(&body))
            }
        }
    }
}

/// Binary attributes are not looked at.
fn as_json(attributes: &[(String, AttributeValue)]) -> Value {
    let mut members = Map::new();
    for (name, AttributeValue { data_type, value }) in attributes {
        let AttributeData::Text(text) = value else { continue };
        let value = match data_type.split('.').next() {
            Some("Number") => serde_json::from_str(text).ok().filter(Value::is_number),
            _ if data_type == "String.Array" => {
                serde_json::from_str(text).ok().filter(Value::is_array)
            }
            _ => None,
        };
        members.insert(name.clone(), value.unwrap_or_else(|| Value::String(text.clone())));
    }
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(
        scope: FilterScope,
        policy: &str,
        body: &str,
        attributes: &[(&str, &str, &str)],
    ) -> bool {
        let attributes: Vec<_> = attributes
            .iter()
            .map(|(name, data_type, text)| {
                let value = AttributeData::Text((*text).to_owned());
                let data_type = (*data_type).to_owned();
                ((*name).to_owned(), AttributeValue { data_type, value })
            })
            .collect();
        FilterPolicy::compile(policy, scope).expect("a policy").wants(body, &attributes)
    }

    #[test]
    fn attributes_have_types() {
        let wants =
            |policy, attribute| wants(FilterScope::MessageAttributes, policy, "", &[attribute]);
        assert!(wants(r#"{"a":["x"]}"#, ("a", "String", "x")));
        assert!(wants(r#"{"a":[{"numeric":[">",1]}]}"#, ("a", "Number", "1.5")));
        assert!(wants(r#"{"a":[{"numeric":[">",1]}]}"#, ("a", "Number.int", "2")));
        assert!(!wants(r#"{"a":[{"numeric":[">",1]}]}"#, ("a", "String", "2")));
        assert!(wants(r#"{"a":["x",null]}"#, ("a", "String.Array", r#"["y","x"]"#)));
        assert!(wants(r#"{"a":[true]}"#, ("a", "String.Array", "[true]")));
        assert!(!wants(r#"{"a":["x"]}"#, ("a", "String.Array", r#"["y"]"#)));
        assert!(!wants(r#"{"a":["x"]}"#, ("b", "String", "x")));
        assert!(wants(r#"{"a":[{"exists":false}]}"#, ("b", "String", "x")));
    }

    #[test]
    fn binary_attributes_are_not_there() {
        let binary = AttributeValue {
            data_type: "Binary".to_owned(),
            value: AttributeData::Binary(b"x".to_vec()),
        };
        let attributes = [("a".to_owned(), binary)];
        let policy = |text| FilterPolicy::compile(text, FilterScope::MessageAttributes);
        let present = policy(r#"{"a":[{"exists":true}]}"#).expect("a policy");
        assert!(!present.wants("", &attributes));
    }

    #[test]
    fn bodies_are_json_or_unwanted() {
        let wants = |policy, body| wants(FilterScope::MessageBody, policy, body, &[]);
        assert!(wants(r#"{"a":{"b":[1]}}"#, r#"{"a":{"b":1}}"#));
        assert!(!wants(r#"{"a":[{"exists":false}]}"#, "no JSON"));
    }

    #[test]
    fn a_policy_beyond_the_limits_is_refused() {
        let refused =
            |policy: &str, scope| FilterPolicy::compile(policy, scope).expect_err("refused");
        let many = format!(r#"{{"a":[{}]}}"#, vec!["1"; 151].join(","));
        let complex = "FilterPolicy: Filter policy is too complex";
        assert_eq!(refused(&many, FilterScope::MessageAttributes), complex);
        let deep = format!(r#"{{"a":{{"b":[{}]}}}}"#, vec!["1"; 76].join(","));
        assert_eq!(refused(&deep, FilterScope::MessageBody), complex);
        assert_eq!(
            refused(r#"{"a":{"b":[1]}}"#, FilterScope::MessageAttributes),
            "Filter policy scope MessageAttributes does not support nested filter policy"
        );
        let keys = r#"{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}"#;
        assert_eq!(
            refused(keys, FilterScope::MessageBody),
            "FilterPolicy: Filter policy can not have more than 5 keys"
        );
    }
}
