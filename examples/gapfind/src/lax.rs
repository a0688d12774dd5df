//! Reads JSON values the way the original's validator (pydantic's lax mode) does: `"3"`, `3.0` and
//! `true` are integers too, `"yes"` is a boolean.

use serde_json::{Number, Value};

/// `None` for what is not an integer. Integers beyond `i64` are clamped: every range here is small.
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(value) => Some(i64::from(*value)),
        Value::Number(number) => integer_from_number(number),
        Value::String(text) => integer_from_text(text),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn integer_from_number(number: &Number) -> Option<i64> {
    if let Some(integer) = number.as_i64() {
        return Some(integer);
    }
    if number.is_u64() {
        return Some(i64::MAX);
    }
    // 2^63, which `i64` does not reach.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let float = number.as_f64()?;
    (float.fract() == 0.0 && float.abs() < LIMIT).then_some(float as i64)
}

/// `"7"`, `"+7"`, `"7.0"` and `"1_000"`; spaces are not allowed.
fn integer_from_text(text: &str) -> Option<i64> {
    if let Some((whole, fraction)) = text.split_once('.') {
        return if fraction.bytes().all(|byte| byte == b'0') { clamped(whole) } else { None };
    }
    let misplaced = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    if misplaced { None } else { clamped(&text.replace('_', "")) }
}

fn clamped(digits: &str) -> Option<i64> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    match digits.parse() {
        Ok(integer) => Some(integer),
        Err(error) if *error.kind() == PosOverflow => Some(i64::MAX),
        Err(error) if *error.kind() == NegOverflow => Some(i64::MIN),
        Err(_) => None,
    }
}

/// `None` for what is not a boolean.
pub fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(_) => match integer(value)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
            "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn integers() {
        for (value, expected) in [
            (json!(3), Some(3)),
            (json!(-3), Some(-3)),
            (json!(3.0), Some(3)),
            (json!(-0.0), Some(0)),
            (json!(0.5), None),
            (json!(1e30), None),
            (json!(u64::MAX), Some(i64::MAX)),
            (json!(true), Some(1)),
            (json!("3"), Some(3)),
            (json!("+4"), Some(4)),
            (json!("-0"), Some(0)),
            (json!("03"), Some(3)),
            (json!("3."), Some(3)),
            (json!("3.00"), Some(3)),
            (json!("1_3"), Some(13)),
            (json!("99999999999999999999999999"), Some(i64::MAX)),
            (json!(" 3"), None),
            (json!(".0"), None),
            (json!("1e0"), None),
            (json!("1_"), None),
            (json!("__3"), None),
            (json!("3__3"), None),
            (json!("1_0.0"), None),
            (json!("+-3"), None),
            (json!("true"), None),
            (json!("３"), None),
            (json!(""), None),
            (json!(null), None),
            (json!([]), None),
        ] {
            assert_eq!(integer(&value), expected, "{value}");
        }
    }

    #[test]
    fn booleans() {
        for (value, expected) in [
            (json!(true), Some(true)),
            (json!("TRUE"), Some(true)),
            (json!("y"), Some(true)),
            (json!("off"), Some(false)),
            (json!("N"), Some(false)),
            (json!(1), Some(true)),
            (json!(1.0), Some(true)),
            (json!(0), Some(false)),
            (json!(2), None),
            (json!(0.5), None),
            (json!("1.0"), None),
            (json!(" true"), None),
            (json!("maybe"), None),
            (json!(null), None),
            (json!([]), None),
        ] {
            assert_eq!(boolean(&value), expected, "{value}");
        }
    }
}
