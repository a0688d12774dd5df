//! Ways in for the fuzz targets; compiled with the feature `fuzzing` only.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use model::api::PayloadFormat;
use model::{Timestamp, TrustedProxies};
use wire::{Body, Scheme};

use crate::mapping::reply;
use crate::plan::MediaTypes;
use crate::sample::Sample;
use crate::upstream::fuzzing::{Protocol, Trial};

/// The event of a request to `ANY /{first}/{rest+}`, and `None` where that route does not match.
pub fn event(format: PayloadFormat, request: Request<Bytes>) -> Option<Bytes> {
    let sample = Sample {
        format,
        stage: "$default".to_owned(),
        route: "/{first}/{rest+}".to_owned(),
        client: [192, 0, 2, 1].into(),
        scheme: Scheme::Http,
        at: Timestamp(1_583_348_638_390),
        random: 7,
    };
    sample.event(request)
}

/// The response that a function's result becomes; `None` for one that the gateway refuses.
pub fn reply(format: PayloadFormat, result: &Bytes, accept: &HeaderMap) -> Option<Response<Body>> {
    let binary = MediaTypes::new(&["image/*".to_owned()]);
    reply::response(format, result, accept, &binary).ok()
}

/// What is made of an upstream's answer that comes in these pieces, written out.
pub fn answer<'a>(method: &http::Method, pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    format!("{:?}", Trial::run(method, Protocol::Http, pieces))
}

/// Whose request it is, by the headers of proxies.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    crate::client::address(peer, headers, trusted)
}
