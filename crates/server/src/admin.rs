//! The admin port: health, metrics, what runs, logs, and the commands that `tidegate` gives.

pub(crate) mod access;
mod audit;
pub(crate) mod backup;
mod deployments;
mod keys;
mod limits;
mod logs;
mod metrics;
mod queues;
mod recording;
mod refusal;
mod resources;
mod schedules;
mod sources;
mod target;
mod usage;

use std::rc::Rc;
use std::sync::Arc;

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use wire::{Answer, Body, Peer};

use crate::platform::Platform;
use crate::trouble::Trouble;
use refusal::{Refusal, refuse_strangers};

/// Answers the admin port.
pub(crate) struct Admin {
    platform: Arc<Platform>,
}

type Answered = Result<Response<Body>, Refusal>;

const GET: &str = "GET";
const POST: &str = "POST";
const PUT: &str = "PUT";
/// Bytes of a command's settings.
const MOST_BODY: u64 = 64 << 10;
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
/// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Admin {
    pub(crate) fn new(platform: Arc<Platform>) -> Self {
        Self { platform }
    }

    async fn act(&self, request: Request<Body>) -> Answered {
        refuse_strangers(request.headers())?;
        self.platform.access.check(&request)?;
        let path = request.uri().path().to_owned();
        if let Some(rest) = below(&path, "/keys") {
            return keys::answer(&self.platform, rest, request).await;
        }
        if let Some(rest) = below(&path, "/queues") {
            return queues::answer(&self.platform, rest, request).await;
        }
        if let Some(rest) = below(&path, "/schedules") {
            return schedules::answer(&self.platform, rest, request).await;
        }
        if let Some(rest) = below(&path, "/recording") {
            return recording::answer(&self.platform, rest, &request);
        }
        if let Some(rest) = below(&path, "/deployments") {
            return deployments::answer(&self.platform, rest, request).await;
        }
        if let Some(digest) = path.strip_prefix("/pieces/") {
            only(&request, GET)?;
            return sources::piece(&self.platform, digest).await;
        }
        if let Some(rest) = below(&path, "/usage") {
            return usage::answer(&self.platform, rest, request).await;
        }
        match &*path {
            "/limits/what-if" => limits::candidates::change(&self.platform, request).await,
            "/bundles" => {
                only(&request, POST)?;
                sources::bundle(&self.platform, request).await
            }
            "/pieces" => {
                only(&request, POST)?;
                sources::pieces(&self.platform, request).await
            }
            _ => self.look(&request).await,
        }
    }

    async fn look(&self, request: &Request<Body>) -> Answered {
        let platform = &self.platform;
        match request.uri().path() {
            "/healthz" => only(request, GET).map(|()| body(TEXT, "ok\n")),
            "/readyz" => only(request, GET).map(|()| self.readiness()),
            "/metrics" => only(request, GET).map(|()| body(PROMETHEUS, metrics::all(platform))),
            "/addresses" => only(request, GET).map(|()| json_body(&json!(platform.addresses))),
            "/stack" => only(request, GET).map(|()| json_body(&json!(&**platform.stack.load()))),
            "/functions" => {
                only(request, GET).map(|()| json_body(&json!(platform.functions.status())))
            }
            "/processes" => only(request, GET).map(|()| json_body(&json!(platform.processes()))),
            "/resources" => {
                only(request, GET)?;
                resources::show(platform)
            }
            "/changes" => {
                only(request, GET)?;
                self.changes().await
            }
            "/logs" => {
                only(request, GET)?;
                logs::answer(platform, request.uri().query().unwrap_or_default()).await
            }
            "/audit" => {
                only(request, GET)?;
                audit::show(platform, request.uri().query().unwrap_or_default()).await
            }
            "/backup" if request.method() == GET => Ok(json_body(&json!(backup::beside(platform)))),
            "/backup" => {
                only(request, POST)?;
                backup::answer(platform).await
            }
            "/limits" => {
                only(request, GET)?;
                limits::show(platform, request.uri().query().unwrap_or_default()).await
            }
            path @ ("/limits/pause" | "/limits/resume" | "/limits/reset") => {
                only(request, PUT)?;
                limits::change(platform, path, request.uri().query().unwrap_or_default()).await
            }
            "/reload" => {
                only(request, POST)?;
                self.reload().await
            }
            path => {
                Err(Refusal::new(StatusCode::NOT_FOUND, format!("the admin port has no {path}")))
            }
        }
    }

    /// Fails as soon as a drain starts, so that whoever balances load sends no more.
    fn readiness(&self) -> Response<Body> {
        if !self.platform.drain.is_draining() {
            // The others are served: whoever asks is not to be sent elsewhere.
            let troubled = self.platform.deployments.iter().flat_map(|all| all.set_aside_names());
            let lines = troubled.map(|name| format!("stack {name} is not served\n"));
            return body(TEXT, format!("ready\n{}", lines.collect::<String>()));
        }
        let mut response = body(TEXT, "draining\n");
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response
    }

    async fn changes(&self) -> Answered {
        let changes = self.platform.changes().await.map_err(unprocessable)?;
        let text = (!changes.is_empty()).then(|| changes.to_string());
        Ok(json_body(&json!({ "changes": changes, "text": text })))
    }

    async fn reload(&self) -> Answered {
        let reloaded = self.platform.reload(&[]).await.map_err(unprocessable)?;
        Ok(json_body(&json!({ "changes": reloaded.changes, "took_ms": reloaded.took_ms })))
    }
}

impl Answer for Admin {
    async fn answer(&self, request: Request<Body>, _peer: &Rc<Peer>) -> Response<Body> {
        let mut response = self.act(request).await.unwrap_or_else(Refusal::into_response);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// What follows `prefix` in a path that is it or lies below it.
fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A command's settings, which may be none. Says what does not fit without repeating it, since it
/// may be a secret.
async fn read_json<T: serde::de::DeserializeOwned>(request: Request<Body>) -> Result<T, Refusal> {
    let whole = request.into_body().read(MOST_BODY).await;
    let whole = whole.map_err(|error| Refusal::new(error.status(), error.to_string()))?;
    let text: &[u8] = if whole.is_empty() { b"{}" } else { &whole };
    serde_json::from_slice(text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let what = match error.classify() {
            serde_json::error::Category::Data => "has keys or values that do not fit",
            _ => "is not JSON",
        };
        Refusal::new(StatusCode::BAD_REQUEST, format!("the body {what}, at {place}"))
    })
}

fn only(request: &Request<Body>, method: &'static str) -> Result<(), Refusal> {
    let head_of_get = method == GET && request.method() == Method::HEAD;
    if request.method() == method || head_of_get {
        return Ok(());
    }
    let text = format!("{} is answered to {method} only", request.uri().path());
    Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, text).allow(method))
}

fn unprocessable(trouble: Trouble) -> Refusal {
    let refusal = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, trouble.message);
    refusal.problems(trouble.problems)
}

fn body(content_type: &'static str, text: impl Into<bytes::Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::full(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn json_body(value: &Value) -> Response<Body> {
    body(JSON, format!("{value}\n"))
}
