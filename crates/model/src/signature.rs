//! The port through which signed requests are checked: who knows the keys is not who gets requests.

use http::HeaderMap;

/// A request as it came.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// Whose key signed a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    pub access_key: String,
    pub account: String,
    pub arn: String,
}

/// Tells who signed a request to a function.
pub trait FindSigner: Send + Sync {
    /// `None` for a request that nobody signed who may send it.
    fn signer(&self, request: &SignedRequest<'_>) -> Option<Signer>;
}

/// Nobody's signature is good.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSigners;

impl FindSigner for NoSigners {
    fn signer(&self, _request: &SignedRequest<'_>) -> Option<Signer> {
        None
    }
}
