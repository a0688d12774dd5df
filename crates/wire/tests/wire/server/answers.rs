//! Answers of every shape, by path.

use std::io;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::StreamBody;
use wire::{Body, BodyError};

const PATHS: [&str; 6] = ["/status/", "/pieces", "/says/", "/fails", "/misframed", "/trickle"];

pub(super) fn knows(path: &str) -> bool {
    PATHS.iter().any(|known| path.starts_with(known))
}

pub(super) fn answer(path: &str) -> Response<Body> {
    let number = path.rsplit('/').next().unwrap_or_default();
    let mut response = Response::new(Body::empty());
    match path {
        "/pieces" => {
            let mut trailers = HeaderMap::new();
            trailers.insert("x-sum", HeaderValue::from_static("11"));
            trailers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/late"));
            *response.body_mut() = pieces(vec![Ok(Frame::trailers(trailers))]);
        }
        "/fails" => {
            let failure = BodyError::Source(io::Error::other("the source dried up").into());
            let first = Ok(Frame::data(Bytes::from_static(b"hello")));
            *response.body_mut() = Body::wrap(StreamBody::new(stream::iter([first, Err(failure)])));
        }
        "/misframed" => {
            *response.body_mut() = Body::full("ok");
            let chunked = HeaderValue::from_static("gzip, chunked");
            response.headers_mut().insert(header::TRANSFER_ENCODING, chunked);
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("700"));
        }
        "/trickle" => {
            let first = stream::iter([Ok(Frame::data(Bytes::from_static(b"hello")))]);
            *response.body_mut() = Body::wrap(StreamBody::new(first.chain(stream::pending())));
        }
        path if path.starts_with("/says/") => {
            let length = number.parse().expect("a length");
            response.headers_mut().insert(header::CONTENT_LENGTH, length);
            *response.body_mut() = pieces(Vec::new());
        }
        _ => *response.status_mut() = number.parse::<StatusCode>().expect("a status"),
    }
    response
}

/// `hello world` in two pieces, and what comes after it.
fn pieces(after: Vec<Result<Frame<Bytes>, BodyError>>) -> Body {
    let data =
        ["hello", " world"].map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))));
    Body::wrap(StreamBody::new(stream::iter(data).chain(stream::iter(after))))
}
