//! Why a request is refused, and how that is told.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

#[derive(Debug, PartialEq)]
pub(crate) enum Refusal {
    /// Every problem of the request, with its place.
    Invalid(Vec<Problem>),
    NotFound(&'static str),
    Conflict(&'static str),
    /// The router adds which methods there are.
    MethodNotAllowed,
}

/// What is wrong at one place of a request.
#[derive(Debug, PartialEq)]
pub(crate) struct Problem {
    /// `["body", "passengers", 0, "birthDate"]`.
    pub(crate) place: Vec<Value>,
    pub(crate) text: String,
    pub(crate) kind: &'static str,
    pub(crate) details: Option<Value>,
}

impl Problem {
    pub(crate) fn new(place: &[Value], text: &str, kind: &'static str) -> Self {
        Self { place: place.to_vec(), text: text.to_owned(), kind, details: None }
    }

    fn to_json(&self) -> Value {
        let mut json = json!({ "loc": self.place, "msg": self.text, "type": self.kind });
        if let Some(details) = &self.details {
            json["ctx"] = details.clone();
        }
        json
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, detail) = match &self {
            Self::Invalid(problems) => {
                let all = problems.iter().map(Problem::to_json).collect();
                (StatusCode::UNPROCESSABLE_ENTITY, Value::Array(all))
            }
            Self::NotFound(text) => (StatusCode::NOT_FOUND, json!(text)),
            Self::Conflict(text) => (StatusCode::CONFLICT, json!(text)),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, json!("Method Not Allowed")),
        };
        (status, axum::Json(json!({ "detail": detail }))).into_response()
    }
}
