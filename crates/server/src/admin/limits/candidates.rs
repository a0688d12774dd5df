//! `PUT` and `DELETE /limits/what-if?api=`: limits that are tried out on what is served.

use http::{Method, Request, StatusCode};
use model::{Action, Api, Limit, MOST_WATCHED};
use serde_json::{Value, json};
use store::AuditLine;
use wire::Body;

use super::query::api_named;
use super::show::{Sharing, one};
use super::{bad, noted};
use crate::admin::refusal::Refusal;
use crate::admin::{Answered, json_body, read_json, unprocessable};
use crate::keys::OPERATOR;
use crate::platform::Platform;
use crate::trouble::Trouble;

/// The body is what `what_if` of a manifest would be, in JSON; it takes the place of what was tried out
/// on this API before.
pub(crate) async fn change(platform: &Platform, request: Request<Body>) -> Answered {
    let name = api_named(request.uri().query().unwrap_or_default()).map_err(bad)?;
    let written: Value = match *request.method() {
        Method::PUT => read_json(request).await?,
        Method::DELETE => json!([]),
        _ => {
            let text = "/limits/what-if is answered to PUT and DELETE only";
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, text).allow("PUT, DELETE"));
        }
    };
    let stack = platform.stack.load_full();
    let Some(api) = stack.apis.iter().find(|api| api.name.as_str() == name) else {
        return Err(Refusal::new(StatusCode::NOT_FOUND, format!("no API is called `{name}`")));
    };
    let limits = if written == json!([]) { Vec::new() } else { read(api, &written)? };
    check(api, &limits)?;
    let gateway = &platform.core.gateway;
    gateway.try_out(&api.name, limits.clone()).map_err(|e| unprocessable(Trouble::from(e)))?;
    noted(platform, line(platform, api, &limits)).await?;
    let sharing = Sharing::of(platform);
    let shown = limits.iter().map(|limit| one(&name, None, limit, None, sharing));
    Ok(json_body(&json!({ "limits": shown.collect::<Vec<_>>() })))
}

fn read(api: &Api, written: &Value) -> Result<Vec<Limit>, Refusal> {
    let problems = |problems: stack::Problems| Trouble::of(&problems, stack::Look::Plain);
    stack::candidates(api, written).map_err(|found| unprocessable(problems(found)))
}

/// Beside what the API declares.
fn check(api: &Api, limits: &[Limit]) -> Result<(), Refusal> {
    let is_declared = |limit: &&Limit| api.declared().any(|other| other.policy == limit.policy);
    if let Some(limit) = limits.iter().find(is_declared) {
        let text = format!("the API `{}` declares a limit `{}`", api.name, limit.policy);
        return Err(Refusal::new(StatusCode::CONFLICT, format!("{text}; give it another name")));
    }
    let watched = |limits: &[Limit]| {
        let is_watched = |limit: &&Limit| matches!(limit.action, Action::Shadow | Action::WhatIf);
        limits.iter().filter(is_watched).count()
    };
    let of_routes = api.routes.iter().map(|route| watched(&route.limits)).max().unwrap_or(0);
    let count = watched(&api.limits) + of_routes + limits.len();
    if count > MOST_WATCHED {
        let text = format!(
            "{count} limits that refuse nobody would apply to a route of `{}`, not at most {MOST_WATCHED}",
            api.name
        );
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, text));
    }
    Ok(())
}

fn line(platform: &Platform, api: &Api, limits: &[Limit]) -> AuditLine {
    let all = limits.iter().map(|limit| format!("{} {}", limit.policy, limit.rule));
    let all: Vec<_> = all.collect();
    AuditLine {
        at: platform.clock.now().timestamp,
        actor: OPERATOR.to_owned(),
        action: if limits.is_empty() { "end trials" } else { "try limits out" }.to_owned(),
        subject: format!("api {}", api.name),
        detail: all.join(", "),
    }
}
