//! Function URLs, as actions take and answer them.

use http::StatusCode;
use model::function::UrlCors;
use model::{FunctionUrl, FunctionVersion, InvokeMode, Kept, Qualifier, Snapshot, UrlAuth};
use serde::{Deserialize, Serialize};

use super::named::{self, Named};
use super::problem::{self, invalid};
use crate::call::Call;
use crate::constraint;
use crate::error::AwsError;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Configured {
    function_url: String,
    function_arn: String,
    auth_type: UrlAuth,
    #[serde(skip_serializing_if = "Option::is_none")]
    cors: Option<UrlCors>,
    creation_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified_time: Option<String>,
    invoke_mode: InvokeMode,
}

impl Configured {
    /// What creates one does not say when it changed.
    pub(super) fn newly_made(self) -> Self {
        Self { last_modified_time: None, ..self }
    }
}

/// What an action sets; the rest stays as it was.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Wanted {
    auth_type: Option<String>,
    cors: Option<UrlCors>,
    invoke_mode: Option<String>,
}

impl Wanted {
    /// A new URL says whose requests it answers.
    pub(super) fn check_complete(&self) -> Result<(), AwsError> {
        if self.auth_type.is_some() { Ok(()) } else { Err(AwsError::null("authType")) }
    }
}

/// `$LATEST` or an alias: a version has no URL.
pub(super) fn find(
    call: &Call<'_>,
    name: &str,
    qualifier: Option<&str>,
) -> Result<Named, AwsError> {
    let named = named::find(call, name, qualifier)?;
    match named.given {
        Some(Qualifier::Version(FunctionVersion::Published(number))) => {
            Err(constraint::no_match(number, "qualifier", r"((?!^\d+$)^[0-9a-zA-Z-_]+$)"))
        }
        _ => Ok(named),
    }
}

pub(super) fn set(url: &mut FunctionUrl, wanted: &Wanted) -> Result<(), AwsError> {
    if let Some(auth) = &wanted.auth_type {
        url.auth = match auth.as_str() {
            "NONE" => UrlAuth::None,
            "AWS_IAM" => UrlAuth::Iam,
            other => return Err(constraint::not_in(other, "authType", "[NONE, AWS_IAM]")),
        };
    }
    if let Some(mode) = &wanted.invoke_mode {
        url.mode = match mode.as_str() {
            "BUFFERED" => InvokeMode::Buffered,
            "RESPONSE_STREAM" => InvokeMode::ResponseStream,
            other => {
                return Err(constraint::not_in(other, "invokeMode", "[BUFFERED, RESPONSE_STREAM]"));
            }
        };
    }
    if let Some(cors) = &wanted.cors {
        check_cors(cors)?;
        url.cors = (*cors != UrlCors::default()).then(|| cors.clone());
    }
    Ok(())
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html>
fn check_cors(cors: &UrlCors) -> Result<(), AwsError> {
    const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "*"];
    const MOST_AGE: i64 = 86_400;
    let each = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
    let (methods, origins) = (each(&cors.allow_methods), each(&cors.allow_origins));
    if let Some(other) = methods.iter().find(|method| !METHODS.contains(&method.as_str())) {
        return Err(invalid(format!("`{other}` is no method that Cors.AllowMethods may have")));
    }
    let texts = [&cors.allow_headers, &cors.expose_headers, &cors.allow_origins];
    let is_unfit = |text: &&String| !text.bytes().all(|byte| byte.is_ascii_graphic());
    if let Some(text) = texts.into_iter().flatten().flatten().find(is_unfit) {
        return Err(invalid(format!("`{}` in Cors does not fit in a header", text.escape_debug())));
    }
    if cors.allow_credentials == Some(true) && origins.iter().any(|origin| origin == "*") {
        return Err(invalid(
            "Cors.AllowCredentials together with the origin * is nothing that a browser accepts",
        ));
    }
    if let Some(seconds) = cors.max_age {
        constraint::within(seconds.into(), "cors.maxAge", 0..=MOST_AGE)?;
    }
    Ok(())
}

pub(super) fn missing() -> AwsError {
    problem::not_found("The resource you requested does not exist.")
}

pub(super) fn kept<'a>(
    all: &'a Snapshot,
    named: &Named,
) -> Result<(&'a FunctionUrl, &'a Kept), AwsError> {
    all.find::<FunctionUrl>(named.id()).ok_or_else(missing)
}

pub(super) fn of(call: &Call<'_>, url: &FunctionUrl, kept: &Kept) -> Configured {
    let account = &call.backing.account;
    Configured {
        function_url: address(call, url),
        function_arn: url.arn(account).to_string(),
        auth_type: url.auth,
        cors: url.cors.clone(),
        creation_time: kept.created.to_string(),
        last_modified_time: Some(kept.updated.to_string()),
        invoke_mode: url.mode,
    }
}

/// Once a change has been made.
pub(super) fn changed(call: &Call<'_>, named: &Named) -> Result<Configured, AwsError> {
    let all = call.backing.control.resources();
    let gone = |_| {
        let message = "the URL was removed meanwhile";
        AwsError::user(StatusCode::CONFLICT, "ResourceConflictException", message)
    };
    let (url, kept) = kept(&all, named).map_err(gone)?;
    Ok(of(call, url, kept))
}

/// `http://<id>.lambda-url.us-east-1.localhost:3000/`: where the APIs are, under a host of its own.
fn address(call: &Call<'_>, url: &FunctionUrl) -> String {
    let host = url.host(&call.backing.account);
    let (scheme, authority) = call.backing.api_url.split_once("://").unwrap_or(("http", ""));
    match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
        Some((_, port)) => format!("{scheme}://{host}:{port}/"),
        None => format!("{scheme}://{host}/"),
    }
}
