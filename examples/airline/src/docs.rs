//! The documents of all services as one, and a page to read it.

mod merge;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;

use crate::refusal::Problem;
use crate::{Refusal, decode};

/// Nothing in it comes from elsewhere, so nothing else is allowed.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'";

pub fn routes() -> Router {
    Router::new()
        .route("/readiness", get(|| async { axum::Json(json!({ "data": { "status": "OK" } })) }))
        .route("/docs", get(page))
        .route("/merge", post(merged))
}

async fn page() -> Response {
    let page = Html(include_str!("../page/docs.html"));
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], page).into_response()
}

async fn merged(headers: HeaderMap, body: Bytes) -> Result<Response, Refusal> {
    let members = decode::object(&headers, &body)?;
    let document = merge::merge(&members).map_err(|text| {
        Refusal::Invalid(vec![Problem::new(&[json!("body")], &text, "value_error")])
    })?;
    Ok(axum::Json(document).into_response())
}
