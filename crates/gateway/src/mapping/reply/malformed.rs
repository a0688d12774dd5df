//! What is wrong with a result that no response can be made of.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::fields::Scalar;

/// Names the member that is to blame and what it is, never its value: it is for a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed(Cow<'static, str>);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names are the function's to choose, and may be of any length.
const MOST: usize = 300;

impl Malformed {
    pub(crate) fn says(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    fn named(text: &str) -> Self {
        let shown = text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c });
        Self(shown.collect::<String>().into())
    }

    /// The result as a whole.
    pub(super) fn result(result: &[u8], error: &serde_json::Error) -> Self {
        let Ok(value) = serde_json::from_slice::<&RawValue>(result) else {
            let is_empty = result.trim_ascii().is_empty();
            return Self::says(if is_empty {
                "the result is empty"
            } else {
                "the result is not JSON"
            });
        };
        if !value.get().starts_with('{') {
            return Self::named(&format!("the result is {}, not an object", kind(value.get())));
        }
        // It names a member that is unknown or there twice, and then its place.
        let text = error.to_string();
        let text = text.rsplit_once(" at line ").map_or(&*text, |(text, _)| text);
        Self::named(&format!("the result: {text}"))
    }

    /// A member that is something else than it has to be.
    pub(super) fn kind(member: &str, value: &str, expected: &str) -> Self {
        Self::named(&format!("`{member}` is {}, not {expected}", kind(value)))
    }

    pub(super) fn no_status() -> Self {
        Self::says("there is no `statusCode`")
    }

    pub(super) fn status(value: &str) -> Self {
        let digits = value.trim_matches('"');
        if (1..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::named(&format!("`statusCode` is {digits}, not from 200 to 599"));
        }
        Self::kind("statusCode", value, "a whole number from 200 to 599")
    }

    pub(super) fn not_base64() -> Self {
        Self::says("`isBase64Encoded` is true, but `body` is not base64")
    }

    /// Headers with one value each that cannot be read.
    pub(super) fn headers(member: &str, value: &str) -> Self {
        Self::values::<Scalar<'_>>(member, value, "text, a number or a boolean")
    }

    /// Headers with several values each that cannot be read.
    pub(super) fn lists(member: &str, value: &str) -> Self {
        Self::values::<Vec<Scalar<'_>>>(member, value, "a list of texts, numbers and booleans")
    }

    /// The first header whose value is no `T`.
    fn values<'a, T: Deserialize<'a>>(member: &str, value: &'a str, expected: &str) -> Self {
        let Ok(all) = serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(value) else {
            return Self::kind(member, value, "an object");
        };
        let wrong = |value: &'a RawValue| serde_json::from_str::<T>(value.get()).is_err();
        match all.into_iter().find(|(_, value)| wrong(value)) {
            Some((name, value)) => {
                let kind = kind(value.get());
                Self::named(&format!("`{name}` in `{member}` is {kind}, not {expected}"))
            }
            None => Self::kind(member, value, "an object of headers"),
        }
    }

    pub(super) fn header_name(member: &str, name: &str) -> Self {
        Self::named(&format!("`{name}` in `{member}` is no name of a header"))
    }

    pub(super) fn header_value(member: &str, name: &str) -> Self {
        let text = format!("`{name}` in `{member}` has characters that no header may have");
        Self::named(&text)
    }
}

/// What a JSON value is, by its first character.
fn kind(value: &str) -> &'static str {
    match value.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "text",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}
