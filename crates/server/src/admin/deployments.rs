//! `/deployments`: the stacks that this server was given.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Frame;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, channel};
use wire::{Body, BodyError};

use super::refusal::Refusal;
use super::target::decoded;
use super::{Answered, json_body, read_json, unprocessable};
use crate::aside;
use crate::deployments::{Deployed, Deployments, Given, Progress, Said, Unsaid, Wanted};
use crate::event::Event;
use crate::platform::Platform;
use crate::trouble::Trouble;

/// Lines on their way to somebody who reads slowly.
const AHEAD: usize = 1024;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deploy {
    bundle: String,
    source: String,
    #[serde(flatten)]
    given: Given,
    by: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rollback {
    by: String,
    /// Without it, the revision before the latest.
    to: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct By {
    by: String,
}

pub(super) fn of(platform: &Platform) -> Result<&Arc<Deployments>, Refusal> {
    platform.deployments.as_ref().ok_or_else(|| {
        let text = "this server was started with `tidegate up` and serves one stack; `tidegate serve` \
                    starts one that stacks are deployed to";
        Refusal::new(StatusCode::CONFLICT, text)
    })
}

/// `rest` is what follows `/deployments`.
pub(super) async fn answer(
    platform: &Arc<Platform>,
    rest: &str,
    request: Request<Body>,
) -> Answered {
    let all = Arc::clone(of(platform)?);
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    let name = parts.next().map(decoded);
    match (request.method().clone(), name, parts.next(), parts.next()) {
        (Method::GET, None, None, None) => {
            let described: Vec<_> = all.all().iter().map(|one| platform.described(one)).collect();
            Ok(json_body(&json!({ "deployments": described })))
        }
        (Method::GET, Some(name), None, None) => {
            let deployed = find(&all, &name)?;
            one(platform, &all, &deployed).await
        }
        (Method::POST, Some(name), None, None) => {
            let wanted = wanted(name, read_json(request).await?);
            Ok(deploy(platform, all, wanted))
        }
        (Method::POST, Some(name), Some("diff"), None) => {
            let wanted = wanted(name, read_json(request).await?);
            let bundle = wanted.bundle.clone();
            let difference = platform.difference(&all, wanted).await;
            all.arrived(&bundle);
            difference.map(|value| json_body(&value)).map_err(unprocessable)
        }
        (Method::GET, Some(name), Some("template"), None) => {
            let deployed = find(&all, &name)?;
            let unsaid = unsaid(request.uri().query())?;
            let template = all.template(&deployed, unsaid).await;
            template.map(|value| json_body(&value)).map_err(unprocessable)
        }
        (Method::POST, Some(name), Some("rollback"), None) => {
            let rollback = read_json(request).await?;
            find(&all, &name)?;
            roll_back(platform, all, &name, rollback).await
        }
        (Method::DELETE, Some(name), None, None) => {
            let leaving = find(&all, &name)?;
            let By { by } = read_json(request).await?;
            Ok(streamed(platform, async move |platform, told| {
                platform.destroy(&all, &leaving.kept.name, &by, told).await
            }))
        }
        (method, ..) => {
            let text = format!("the admin port has no {method} /deployments{rest}");
            Err(Refusal::new(StatusCode::NOT_FOUND, text))
        }
    }
}

fn deploy(platform: &Arc<Platform>, all: Arc<Deployments>, wanted: Wanted) -> Response<Body> {
    streamed(platform, async move |platform, told| {
        let bundle = wanted.bundle.clone();
        let done = platform.deploy(&all, wanted, told).await;
        all.arrived(&bundle);
        platform.tidy_soon(&all);
        done
    })
}

async fn roll_back(
    platform: &Arc<Platform>,
    all: Arc<Deployments>,
    name: &str,
    Rollback { by, to }: Rollback,
) -> Answered {
    let wanted = all.earlier(name, to, by).await.map_err(unprocessable)?;
    Ok(streamed(platform, async move |platform, told| {
        let done = platform.deploy(&all, wanted, told).await;
        platform.tidy_soon(&all);
        done
    }))
}

fn unsaid(query: Option<&str>) -> Result<Unsaid, Refusal> {
    match query {
        None => Ok(Unsaid::Refused),
        Some("allow_unsupported=true") => Ok(Unsaid::LeftOut),
        Some(other) => {
            let text = format!("unknown parameters `{other}`; there is `allow_unsupported=true`");
            Err(Refusal::new(StatusCode::BAD_REQUEST, text))
        }
    }
}

fn wanted(name: String, deploy: Deploy) -> Wanted {
    let Deploy { bundle, source, given, by } = deploy;
    Wanted { name, bundle, source, given, by, reason: "deploy".to_owned() }
}

fn find(all: &Deployments, name: &str) -> Result<Arc<Deployed>, Refusal> {
    all.find(name).ok_or_else(|| {
        let known: Vec<_> = all.all().iter().map(|one| format!("`{}`", one.kept.name)).collect();
        let known = match known.is_empty() {
            true => "it has none yet".to_owned(),
            false => format!("it has {}", known.join(", ")),
        };
        Refusal::new(StatusCode::NOT_FOUND, format!("no stack `{name}` is deployed here; {known}"))
    })
}

/// A stack with the revisions that it can go back to.
async fn one(platform: &Platform, all: &Deployments, deployed: &Deployed) -> Answered {
    let kept = all.kept().await.map_err(unprocessable)?;
    let own = kept.iter().filter(|kept| kept.name == deployed.kept.name);
    let revisions: Vec<_> = own
        .map(|kept| {
            json!({ "revision": kept.revision, "at": kept.at.to_string(), "by": kept.by,
                    "reason": kept.reason, "bundle": kept.bundle })
        })
        .collect();
    let mut value = platform.described(deployed);
    value["revisions"] = revisions.into();
    Ok(json_body(&value))
}

/// Does the work whether or not somebody goes on listening, and says how it goes: one JSON object a line,
/// the last of them `done` or `failed`.
fn streamed<W>(platform: &Arc<Platform>, work: W) -> Response<Body>
where
    W: AsyncFnOnce(&Arc<Platform>, &Arc<Progress>) -> Result<Value, Trouble> + 'static,
{
    let (sender, lines) = channel(AHEAD);
    let clock = Arc::clone(&platform.clock);
    let told = Arc::new(Progress::new(sender, clock, Arc::clone(&platform.reporter)));
    let platform = Arc::clone(platform);
    aside::spawn(async move {
        match work(&platform, &told).await {
            Ok(result) => told.end(&Said::Done { result }).await,
            Err(trouble) => {
                platform.report(&Event::refused(trouble.clone()));
                told.end(&Said::from(trouble)).await;
            }
        }
    });
    let mut response = Response::new(Body::wrap(Lines(lines)));
    let ndjson = HeaderValue::from_static("application/x-ndjson");
    response.headers_mut().insert(CONTENT_TYPE, ndjson);
    response
}

struct Lines(Receiver<Bytes>);

impl http_body::Body for Lines {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.0.poll_recv(cx).map(|line| line.map(|line| Ok(Frame::data(line))))
    }
}
