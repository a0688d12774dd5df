//! One call of an action: what is known of it beside its input.

use std::cell::RefCell;

use http::header::HOST;
use http::request::Parts;
use model::{RequestId, TraceContext};

use crate::backing::Backing;
use crate::service::Service;
use crate::sigv4::AccessKey;

/// What an action may ask of the request that carries it, and of the server.
pub(crate) struct Call<'a> {
    pub(crate) backing: &'a Backing,
    pub(crate) service: &'static Service,
    pub(crate) head: &'a Parts,
    pub(crate) request_id: &'a RequestId,
    /// Who signed the request, where keys are configured.
    pub(crate) key: Option<&'a AccessKey>,
    pub(crate) random: &'a RefCell<fastrand::Rng>,
}

impl Call<'_> {
    /// A request header's value, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What the client calls this server: `127.0.0.1:4566`.
    pub(crate) fn host(&self) -> &str {
        self.header(HOST.as_str()).or(self.head.uri.host()).unwrap_or("localhost")
    }

    /// Where the client found this server, for URLs in answers: `http://127.0.0.1:4566`.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.host())
    }

    /// The trace the client is in, or a new one.
    pub(crate) fn trace(&self) -> TraceContext {
        self.header("x-amzn-trace-id")
            .and_then(TraceContext::from_amzn)
            .or_else(|| self.header("traceparent").and_then(TraceContext::from_traceparent))
            .unwrap_or_else(|| {
                let random = self.random.borrow_mut().u128(..);
                TraceContext::start(self.backing.clock.timestamp(), random)
            })
    }
}
