//! The certificate that messages' `SigningCertURL` leads to.
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use wire::Body;

use super::errors;
use crate::action::RawAction;
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::{Node, Route};

/// No action of AWS's: a file at the end of a URL.
pub(super) struct Certificate;

impl RawAction for Certificate {
    const NAME: &'static str = "SigningCertificate";
    const ROUTE: Route = Route::new("GET", "/sns/{File}");

    async fn run(path: &Node, _body: Bytes, call: &Call<'_>) -> Result<Response<Body>, AwsError> {
        let (file, certificate) =
            call.backing.topics.certificate().await.map_err(errors::internal)?;
        if path.text("File") != Some(file.as_str()) {
            let message = "there is no such file";
            return Err(AwsError::user(StatusCode::NOT_FOUND, "NotFound", message));
        }
        let mut response = Response::new(Body::full(certificate));
        let pem = HeaderValue::from_static("application/x-pem-file");
        response.headers_mut().insert(CONTENT_TYPE, pem);
        Ok(response)
    }
}
