//! `/bundles`, `/pieces` and `/deployments`: the sources of stacks, and the stacks made of them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Frame;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, channel};
use wire::{Body, BodyError};

use super::refusal::Refusal;
use super::{Answered, json_body, read_json, unprocessable};
use crate::aside;
use crate::bundle::Listing;
use crate::deployments::{Deployed, Deployments, Given, Progress, Said, Wanted};
use crate::event::Event;
use crate::platform::Platform;
use crate::trouble::Trouble;

/// Bytes of a listing; some 100,000 files.
const MOST_LISTING: u64 = 32 << 20;
/// Bytes of contents that are sent at once, and so of the largest file.
const MOST_PIECES: u64 = 512 << 20;
/// Lines on their way to somebody who reads slowly.
const AHEAD: usize = 1024;
/// What stands before each content: its length.
const LENGTH: usize = 8;

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

fn deployments(platform: &Platform) -> Result<&Arc<Deployments>, Refusal> {
    platform.deployments.as_ref().ok_or_else(|| {
        let text = "this server was started with `tidegate up` and serves one stack; `tidegate serve` \
                    starts one that stacks are deployed to";
        Refusal::new(StatusCode::CONFLICT, text)
    })
}

/// `POST /bundles`: which contents of a listing have yet to be sent. When none, its folder is made.
pub(super) async fn bundle(platform: &Platform, request: Request<Body>) -> Answered {
    let all = Arc::clone(deployments(platform)?);
    let whole = request.into_body().read(MOST_LISTING).await;
    let whole = whole.map_err(|error| Refusal::new(error.status(), error.to_string()))?;
    let wrong = |text: String| Refusal::new(StatusCode::BAD_REQUEST, text);
    let listing: Listing =
        serde_json::from_slice(&whole).map_err(|error| wrong(format!("the listing: {error}")))?;
    listing.check().map_err(|problem| wrong(problem.to_string()))?;
    all.expect(&listing);
    let unpacked = tokio::task::spawn_blocking(move || {
        all.forget_damaged(&listing.id())?;
        let missing = |all: &Deployments| -> Vec<_> {
            all.folders.missing(&listing).into_iter().map(String::from).collect()
        };
        let mut lacking = missing(&all);
        if lacking.is_empty()
            && let Err(error) = all.folders.unpack(&listing)
        {
            // A content that was damaged is missing from now on.
            lacking = missing(&all);
            if lacking.is_empty() {
                return Err(error);
            }
        }
        Ok::<_, std::io::Error>(json!({ "bundle": listing.id(), "missing": lacking }))
    });
    let unpacked = unpacked.await.map_err(std::io::Error::other).flatten();
    unpacked.map(|value| json_body(&value)).map_err(|error| unusable(&error))
}

/// `POST /pieces`: contents, each behind its length in eight bytes.
pub(super) async fn pieces(platform: &Platform, request: Request<Body>) -> Answered {
    let all = Arc::clone(deployments(platform)?);
    let whole = request.into_body().read(MOST_PIECES).await;
    let whole = whole.map_err(|error| Refusal::new(error.status(), error.to_string()))?;
    let pieces = split(&whole);
    let pieces =
        pieces.ok_or_else(|| Refusal::new(StatusCode::BAD_REQUEST, "a content is cut off"))?;
    let kept = tokio::task::spawn_blocking(move || {
        pieces.iter().try_for_each(|piece| all.folders.keep_piece(piece)).map(|()| pieces.len())
    });
    let kept = kept.await.map_err(std::io::Error::other).flatten();
    kept.map(|count| json_body(&json!({ "kept": count }))).map_err(|error| unusable(&error))
}

fn unusable(error: &std::io::Error) -> Refusal {
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, format!("nothing can be kept: {error}"))
}

fn split(whole: &Bytes) -> Option<Vec<Bytes>> {
    let (mut rest, mut pieces) = (whole.clone(), Vec::new());
    while !rest.is_empty() {
        let length = rest.get(..LENGTH)?.try_into().ok()?;
        let length = usize::try_from(u64::from_be_bytes(length)).ok()?;
        let end = LENGTH.checked_add(length).filter(|end| *end <= rest.len())?;
        pieces.push(rest.slice(LENGTH..end));
        rest = rest.slice(end..);
    }
    Some(pieces)
}

/// `rest` is what follows `/deployments`.
pub(super) async fn answer(
    platform: &Arc<Platform>,
    rest: &str,
    request: Request<Body>,
) -> Answered {
    let all = Arc::clone(deployments(platform)?);
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    let name = parts.next().map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned());
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
            Ok(streamed(platform, async move |platform, told| {
                let bundle = wanted.bundle.clone();
                let done = platform.deploy(&all, wanted, told).await;
                all.arrived(&bundle);
                platform.tidy_soon(&all);
                done
            }))
        }
        (Method::POST, Some(name), Some("diff"), None) => {
            let wanted = wanted(name, read_json(request).await?);
            let bundle = wanted.bundle.clone();
            let difference = platform.difference(&all, wanted).await;
            all.arrived(&bundle);
            difference.map(|value| json_body(&value)).map_err(unprocessable)
        }
        (Method::POST, Some(name), Some("rollback"), None) => {
            let Rollback { by, to } = read_json(request).await?;
            find(&all, &name)?;
            let wanted = all.earlier(&name, to, by).await.map_err(unprocessable)?;
            Ok(streamed(platform, async move |platform, told| {
                let done = platform.deploy(&all, wanted, told).await;
                platform.tidy_soon(&all);
                done
            }))
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
                platform.report(&Event::from(trouble.clone()));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(pieces: &[&str]) -> Bytes {
        let framed = pieces.iter().flat_map(|piece| {
            let length = (piece.len() as u64).to_be_bytes();
            length.into_iter().chain(piece.bytes())
        });
        framed.collect()
    }

    #[test]
    fn contents_come_one_behind_the_other() {
        for pieces in [&[][..], &["one"], &["", "two", "three"]] {
            assert_eq!(split(&framed(pieces)).expect("whole"), pieces);
        }
        let cut = framed(&["one", "two"]);
        assert_eq!(split(&cut.slice(..cut.len() - 1)), None);
        assert_eq!(split(&cut.slice(..13)), None);
        assert_eq!(split(&Bytes::from_static(&[255; 9])), None, "longer than anything");
    }
}
