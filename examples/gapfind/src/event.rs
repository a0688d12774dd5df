//! What the functions read of an HTTP API request event, payload format 2.0.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::refusal::Refusal;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Names are lower case.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Absent when the request has no body. Anything but a string comes from a direct invocation.
    #[serde(default)]
    pub body: Value,
    #[serde(default)]
    pub is_base64_encoded: bool,
}

impl Event {
    /// The body as it came: API Gateway passes `application/json` as text.
    pub fn text(&self) -> Result<&str, Refusal> {
        match &self.body {
            Value::Null => Err(Refusal::message("missing body")),
            Value::String(text) => Ok(text),
            _ => Err(Refusal::message("body must be a string")),
        }
    }

    pub fn bytes(&self) -> Result<Vec<u8>, Refusal> {
        let text = self.text()?;
        if !self.is_base64_encoded {
            return Ok(text.as_bytes().to_vec());
        }
        STANDARD.decode(text).map_err(|_| Refusal::message("Incorrect padding"))
    }

    /// Empty without one.
    pub fn content_type(&self) -> &str {
        self.headers.get("content-type").map_or("", String::as_str)
    }
}
