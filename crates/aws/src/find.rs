//! Which action a request asks for, by the marks each of AWS's protocols leaves.

use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::action::{JsonRun, Operation, QueryRun, RestRun};
use crate::error::AwsError;
use crate::protocol::query::form::{self, FormProblem};
use crate::protocol::{Node, query};
use crate::service::{ALL, Service};

/// The action, ready to be run.
pub(crate) struct Found {
    pub(crate) service: &'static Service,
    pub(crate) operation: &'static Operation,
    pub(crate) run: Run,
}

pub(crate) enum Run {
    Json(JsonRun),
    Query(QueryRun, &'static query::Voice, Node),
    /// With the members of the path and the query.
    Rest(RestRun, Node),
}

/// awsJson names the action in a header.
pub(crate) fn by_target(head: &Parts) -> Result<Found, AwsError> {
    let target = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let target = target.unwrap_or_default();
    let Some((service, action)) = target.rsplit_once('.') else {
        return Err(unknown(target, None));
    };
    let service = ALL.iter().find(|known| known.target == Some(service));
    let service = service.ok_or_else(|| unknown(target, None))?;
    let operation = service.operation(action);
    match operation.and_then(|operation| Some((operation, operation.json?))) {
        Some((operation, run)) => Ok(Found { service, operation, run: Run::Json(run) }),
        None => Err(unknown(target, Some(service))),
    }
}

/// awsQuery names it in the query or the form, together with the service's version.
pub(crate) fn by_form(head: &Parts, body: &[u8]) -> Result<Found, AwsError> {
    let mut members = form::read(body).map_err(|problem| not_a_form(&problem))?;
    for (name, value) in in_query(head)? {
        members.put(&name, value).map_err(|_| not_a_form(&FormProblem::TooDeep(name)))?;
    }
    let action = members.text("Action").unwrap_or_default().to_owned();
    if action.is_empty() {
        let message = "The request must contain the parameter Action.";
        return Err(AwsError::bad("MissingAction", message));
    }
    let version = members.text("Version");
    let speaking = ALL.iter().filter_map(|service| Some((*service, service.query.as_ref()?)));
    let mut speaking = speaking.filter(|(_, voice)| version.is_none_or(|v| v == voice.version));
    let found = speaking.find_map(|(service, voice)| {
        let operation = service.operation(&action)?;
        Some((service, operation, voice, operation.query?))
    });
    let Some((service, operation, voice, run)) = found else {
        let message = format!("The action {action} is not valid for this endpoint.");
        return Err(AwsError::bad("InvalidAction", message));
    };
    // The first clients of SQS sent their requests to the queue's own URL.
    if head.uri.path() != "/" && members.text("QueueUrl").is_none() {
        members.add("QueueUrl", head.uri.path().to_owned());
    }
    Ok(Found { service, operation, run: Run::Query(run, voice, members) })
}

/// REST APIs are found by method and path.
pub(crate) fn by_path(head: &Parts) -> Result<Found, AwsError> {
    let (method, path) = (&head.method, head.uri.path());
    let query = head.uri.query().unwrap_or_default();
    let at = |operation: &'static Operation| {
        let (route, run) = operation.rest.as_ref()?;
        Some((operation, *run, route.members(method, path, query)?))
    };
    let found =
        ALL.iter().find_map(|service| Some((*service, service.actions.iter().find_map(at)?)));
    let Some((service, (operation, run, mut members))) = found else {
        return Err(unknown(&name_of(head), None).with_status(StatusCode::NOT_FOUND));
    };
    for (name, value) in in_query(head)? {
        members.add(&name, value);
    }
    Ok(Found { service, operation, run: Run::Rest(run, members) })
}

/// Whether method and path are those of an action.
pub(crate) fn is_rest(head: &Parts) -> bool {
    let query = head.uri.query().unwrap_or_default();
    let leads = |operation: &Operation| {
        let route = operation.rest.as_ref().map(|(route, _)| route);
        route.is_some_and(|route| route.members(&head.method, head.uri.path(), query).is_some())
    };
    ALL.iter().any(|service| service.actions.iter().any(leads))
}

fn in_query(head: &Parts) -> Result<Vec<(String, String)>, AwsError> {
    form::pairs(head.uri.query().unwrap_or_default().as_bytes())
        .map_err(|problem| not_a_form(&problem))
}

fn not_a_form(problem: &FormProblem) -> AwsError {
    AwsError::malformed(problem.to_string())
}

fn unknown(action: &str, service: Option<&Service>) -> AwsError {
    let mut message = format!("the action `{action}` is not supported by this server");
    if let Some(service) = service {
        let known: Vec<_> = service.actions.iter().map(|operation| operation.name).collect();
        message.push_str(&format!(", which knows: {}", known.join(", ")));
    }
    AwsError::bad("UnknownOperationException", message)
}

fn name_of(head: &Parts) -> String {
    let signed_for = signed_for(head).map(|service| format!("{service} ")).unwrap_or_default();
    format!("{signed_for}{} {}", head.method, head.uri.path())
}

/// The service a SigV4 signature was made for: `Credential=<key>/<date>/<region>/<service>/..`.
fn signed_for(head: &Parts) -> Option<&str> {
    let authorization = head.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, scope) = authorization.split_once("Credential=")?;
    scope.split([',', ' ']).next()?.split('/').nth(3)
}

#[cfg(test)]
mod tests;
