//! `InvokeAsync`: what clients sent before `Invoke` had types.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html>

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use wire::Body;

use super::{invoke, named};
use crate::action::RawAction;
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::{Node, Route};

pub(super) struct InvokeAsync;

impl RawAction for InvokeAsync {
    const NAME: &'static str = "InvokeAsync";
    const ROUTE: Route = Route::new("POST", "/2014-11-13/functions/{FunctionName}/invoke-async");

    async fn run(path: &Node, event: Bytes, call: &Call<'_>) -> Result<Response<Body>, AwsError> {
        let named = named::find(call, path.text("FunctionName").unwrap_or_default(), None)?;
        let event = invoke::json(event)?;
        invoke::accept(call, invoke::invocation(call, named, event)?).await?;
        let mut response = Response::new(Body::full("{}"));
        *response.status_mut() = StatusCode::ACCEPTED;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        Ok(response)
    }
}
