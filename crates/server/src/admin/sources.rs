//! `/bundles` and `/pieces`: the sources that stacks are deployed from, and their contents.

use std::io::ErrorKind;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::json;
use wire::Body;

use super::refusal::Refusal;
use super::{Answered, body, deployments, json_body};
use crate::bundle::{Listing, is_digest};
use crate::deployments::Deployments;
use crate::platform::Platform;

/// Bytes of a listing; some 100,000 files.
const MOST_LISTING: u64 = 32 << 20;
/// Bytes of contents that are sent at once, and so of the largest file.
const MOST_PIECES: u64 = 512 << 20;
const BYTES: &str = "application/octet-stream";
/// What stands before each content: its length.
const LENGTH: usize = 8;

/// `POST /bundles`: which contents of a listing have yet to be sent. When none, its folder is made.
pub(super) async fn bundle(platform: &Platform, request: Request<Body>) -> Answered {
    let all = Arc::clone(deployments::of(platform)?);
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
    let all = Arc::clone(deployments::of(platform)?);
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

/// `GET /pieces/DIGEST`: a content as it was sent.
pub(super) async fn piece(platform: &Platform, digest: &str) -> Answered {
    let all = Arc::clone(deployments::of(platform)?);
    let missing = || {
        let text = format!("no content `{digest}` is kept here");
        Refusal::new(StatusCode::NOT_FOUND, text)
    };
    if !is_digest(digest) {
        return Err(missing());
    }
    let wanted = digest.to_owned();
    let content = tokio::task::spawn_blocking(move || all.folders.content(&wanted));
    let content = content.await.map_err(std::io::Error::other).flatten();
    content.map(|content| body(BYTES, content)).map_err(|error| match error.kind() {
        ErrorKind::NotFound => missing(),
        _ => Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("the content `{digest}`: {error}"),
        ),
    })
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
