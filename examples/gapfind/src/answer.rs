//! The functions' HTTP answers, payload format 2.0.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::refusal::Refusal;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    pub status_code: u16,
    pub headers: BTreeMap<&'static str, &'static str>,
    pub body: String,
}

impl Answer {
    /// `body` has only string keys, so writing it as JSON cannot fail.
    pub fn json(status_code: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).expect("an answer is valid JSON");
        Self { status_code, headers: BTreeMap::from([("Content-Type", "application/json")]), body }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.status(), &refusal.body())
    }
}
