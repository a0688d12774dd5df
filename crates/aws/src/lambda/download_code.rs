//! A function's code as a zip, at the end of the link that `GetFunction` answers.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html>

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use model::{FunctionName, Qualifier};
use wire::Body;

use super::named;
use super::problem::no_function;
use crate::action::RawAction;
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::{Node, Route};
use crate::sigv4::{Link, Scope, presign};

/// As on AWS.
const GOOD_FOR: Duration = Duration::from_mins(10);
const VERSION: &str = "versionId";

/// The link to a version's code, under the name by which the caller reaches this server. Where keys are
/// configured, the caller's own signs it.
pub(super) fn link(call: &Call<'_>, function: &FunctionName, version: &str) -> String {
    let path = format!("/snapshots/{function}");
    let mut query = match version {
        "$LATEST" => String::new(),
        number => format!("{VERSION}={number}"),
    };
    if let Some(key) = call.key {
        let link = Link { host: call.host(), path: &path, query: &query, good_for: GOOD_FOR };
        let scope = Scope { region: &call.backing.account.region, service: call.service.name };
        query = presign(&link, scope, key, call.backing.clock.timestamp());
    }
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{path}{mark}{query}", call.origin())
}

/// No action of AWS's: a file at the end of a URL.
pub(super) struct DownloadCode;

impl RawAction for DownloadCode {
    const NAME: &'static str = "DownloadCode";
    const ROUTE: Route = Route::new("GET", "/snapshots/{FunctionName}");

    async fn run(path: &Node, _body: Bytes, call: &Call<'_>) -> Result<Response<Body>, AwsError> {
        let function = path.text("FunctionName").unwrap_or_default();
        let named = named::find(call, function, path.text(VERSION))?;
        let qualifier: Qualifier = named.qualifier();
        let packed = call.backing.functions.packed(&named.function, &qualifier).await;
        let missing = || no_function(&call.backing.account, named.id());
        let zip = packed.ok_or_else(missing)?.map_err(|error| {
            AwsError::service("ServiceException", format!("the code could not be packed: {error}"))
        })?;
        let mut response = Response::new(Body::full(zip));
        let kind = HeaderValue::from_static("application/zip");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        Ok(response)
    }
}
