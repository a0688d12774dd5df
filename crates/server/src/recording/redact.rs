//! Takes the caller's secrets out of an event: what proves who called, in the places where events of
//! requests and authorizers have it. Bodies, queries and paths stay as they are.

use bytes::Bytes;
use serde_json::Value;

/// Stands where a secret was.
pub(crate) const REDACTED: &str = "[redacted]";

const SECRET_HEADERS: [&str; 6] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-amz-security-token",
    "x-api-key",
    "x-amzn-oidc-data",
];

/// The event without secrets; `None` of one that has none.
pub(super) fn redacted(event: &[u8]) -> Option<Bytes> {
    let mut event: Value = serde_json::from_slice(event).ok()?;
    let mut changed = false;
    for headers in ["headers", "multiValueHeaders"] {
        let headers = event.get_mut(headers).and_then(Value::as_object_mut);
        for (name, value) in headers.into_iter().flatten() {
            if SECRET_HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
                changed |= hide(value);
            }
        }
    }
    let places =
        ["/cookies", "/authorizationToken", "/identitySource", "/requestContext/identity/apiKey"];
    for place in places {
        changed |= event.pointer_mut(place).is_some_and(hide);
    }
    changed.then(|| event.to_string().into())
}

fn hide(value: &mut Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(values) => {
            values.iter_mut().for_each(|value| *value = REDACTED.into());
            !values.is_empty()
        }
        value => {
            *value = REDACTED.into();
            true
        }
    }
}
