//! `GET /limits`: what each limit did and where its callers stand. `PUT /limits/pause`, `/resume` and
//! `/reset`: changes what holds for one of them. `/limits/what-if`: what is tried out.

pub(super) mod candidates;
mod change;
pub(super) mod declared;
mod force;
mod query;
pub(super) mod show;

use http::{Response, StatusCode};
use limits::Limits;
use serde_json::json;
use store::AuditLine;
use wire::Body;

use super::refusal::Refusal;
use super::{Answered, json_body};
use crate::platform::Platform;
use change::{Callers, Change};
use force::Force;
use query::{Target, View};
use show::Sharing;

pub(crate) async fn show(platform: &Platform, query: &str) -> Answered {
    let view = View::parse(query).map_err(bad)?;
    let now = platform.clock.now();
    let limits: &dyn Limits = &*platform.core.limits;
    let look = view.look(platform.core.gateway.limits_in_force());
    // What this server counted is told even then.
    let (entries, trouble) = match limits.inspect(&look, now).await {
        Ok(entries) => (entries, None),
        Err(problem) => (Vec::new(), Some(problem.to_string())),
    };
    let reports = platform.core.gateway.limits(view.top());
    let (declared, sharing) = (declared::all(platform), Sharing::of(platform));
    Ok(json_body(&json!({
        "now": now.timestamp.0,
        "limits": show::limits(&declared, &reports, &view, sharing),
        "keys": show::keys(&entries, &Force::of(platform), &view),
        "store_problem": trouble,
    })))
}

/// Pauses, resumes or resets one caller under one limit.
pub(crate) async fn change(platform: &Platform, path: &str, query: &str) -> Answered {
    let change = Change::named(path).ok_or_else(|| bad(format!("{path} changes nothing")))?;
    let target = Target::parse(query).map_err(bad)?;
    let now = platform.clock.now();
    let callers = Callers {
        limits: &*platform.core.limits,
        in_force: platform.core.gateway.limits_in_force(),
        target: &target,
        clock: &*platform.clock,
    };
    let entry = callers.apply(change).await?;
    noted(platform, change::line(change, &target, &entry, now)).await?;
    Ok(changed_body(&entry, &Force::of(platform)))
}

async fn noted(platform: &Platform, line: AuditLine) -> Result<(), Refusal> {
    platform.keys.store().note(line).await.map_err(|error| {
        let text = format!("it is done, but the audit log does not say so: {error}");
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, text)
    })
}

fn changed_body(entry: &limits::Entry, force: &Force) -> Response<Body> {
    json_body(&json!({ "key": show::key(entry, force) }))
}

fn bad(text: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, text)
}

fn silent(problem: &limits::StoreProblem) -> Refusal {
    Refusal::new(StatusCode::BAD_GATEWAY, format!("the store of limits says: {problem}"))
}
