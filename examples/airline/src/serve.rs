//! What both services do alike: listening, health, and answers to what they do not have.

use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::Refusal;

/// Serves on the port that `PORT` names until SIGTERM; what has begun is answered.
pub async fn serve(routes: Router) -> std::io::Result<()> {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(0);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on {}", listener.local_addr()?);
    let mut terminate = signal(SignalKind::terminate())?;
    let end = async move {
        terminate.recv().await;
    };
    axum::serve(listener, routes).with_graceful_shutdown(end).await
}

/// A service's own routes and those that every service has.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(
    own: Router<S>,
    document: fn() -> Value,
) -> Router<S> {
    let well = || async { axum::Json(json!({ "data": { "status": "OK" } })) };
    own.route("/health", get(well))
        .route("/readiness", get(well))
        .route("/", get(|| async { redirect(StatusCode::MOVED_PERMANENTLY, "/docs") }))
        .route("/docs", get(|| async { redirect(StatusCode::TEMPORARY_REDIRECT, "/openapi.json") }))
        .route("/openapi.json", get(move || async move { axum::Json(document()) }))
        .fallback(not_found)
        .method_not_allowed_fallback(|| async { Refusal::MethodNotAllowed })
}

/// A path that ends with a slash was meant without it.
async fn not_found(request: Request) -> Response {
    let uri: &Uri = request.uri();
    let path = uri.path().trim_end_matches('/');
    if path.is_empty() || path.len() == uri.path().len() {
        return Refusal::NotFound("Not Found").into_response();
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    redirect(StatusCode::TEMPORARY_REDIRECT, &format!("{path}{query}"))
}

fn redirect(status: StatusCode, location: &str) -> Response {
    (status, [(header::LOCATION, location.to_owned())]).into_response()
}

/// A new resource, and where it is.
pub(crate) fn created(location: String, data: &Value) -> Response {
    let body = axum::Json(json!({ "data": data }));
    (StatusCode::CREATED, [(header::LOCATION, location)], body).into_response()
}

pub(crate) fn found(data: &Value) -> Response {
    axum::Json(json!({ "data": data })).into_response()
}
