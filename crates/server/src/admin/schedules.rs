//! `/schedules`: when each is due next, and runs besides.

use http::{Method, Request, StatusCode};
use model::{Schedule, Timestamp};
use serde_json::{Value, json};
use store::AuditLine;
use wire::Body;

use super::refusal::Refusal;
use super::{Answered, json_body};
use crate::platform::Platform;

/// Due times that are shown of each.
const AHEAD: usize = 5;

/// `rest` is what follows `/schedules`.
pub(super) async fn answer(platform: &Platform, rest: &str, request: Request<Body>) -> Answered {
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    let (name, action) = (parts.next(), parts.next());
    match (request.method().clone(), name, action, parts.next()) {
        (Method::GET, None, None, None) => {
            let resources = platform.resources.snapshot();
            let all = resources.all::<Schedule>().map(|schedule| shown(platform, schedule));
            let all: Vec<Value> = all.collect();
            Ok(json_body(&json!({ "schedules": all })))
        }
        (Method::POST, Some(name), Some("run"), None) => run(platform, name).await,
        (method, ..) => {
            let text = format!("the admin port has no {method} /schedules{rest}");
            Err(Refusal::new(StatusCode::NOT_FOUND, text))
        }
    }
}

fn shown(platform: &Platform, schedule: &Schedule) -> Value {
    let account = platform.resources.account();
    let upcoming = platform.triggers.triggers.upcoming(&schedule.arn(account), AHEAD);
    let text = |at: &Timestamp| at.to_string();
    let resources = platform.resources.snapshot();
    let kept = resources.find::<Schedule>(model::Declared::name(schedule));
    let targets: Vec<String> = schedule.targets.iter().map(|target| short(&target.arn)).collect();
    json!({
        "name": schedule.name,
        "group": schedule.group,
        "expression": schedule.timetable.expression,
        "zone": schedule.timetable.zone,
        "enabled": schedule.enabled,
        "missed": schedule.missed,
        "targets": targets,
        "last": upcoming.as_ref().and_then(|upcoming| upcoming.passed.as_ref().map(text)),
        "next": upcoming.iter().flat_map(|upcoming| upcoming.next.iter().map(text)).collect::<Vec<_>>(),
        "origin": kept.map(|(_, kept)| kept.origin),
    })
}

/// `function worker`, `queue jobs`.
fn short(arn: &model::Arn) -> String {
    let noun = match arn.service() {
        "sqs" => "queue",
        "sns" => "topic",
        _ => "function",
    };
    let name = arn.resource();
    format!("{noun} {}", name.strip_prefix("function:").unwrap_or(name))
}

/// By name, or by group and name: `group.name` is not one, since names may have dots.
async fn run(platform: &Platform, name: &str) -> Answered {
    let resources = platform.resources.snapshot();
    let unknown =
        || Refusal::new(StatusCode::NOT_FOUND, format!("schedule `{name}` does not exist"));
    let mut named = resources.all::<Schedule>().filter(|known| known.name.as_str() == name);
    let schedule = named.next().ok_or_else(unknown)?;
    if let Some(other) = named.next() {
        let text = format!(
            "there are two schedules `{name}`, in the groups `{}` and `{}`; use AWS's API",
            schedule.group, other.group
        );
        return Err(Refusal::new(StatusCode::CONFLICT, text));
    }
    let arn = schedule.arn(platform.resources.account());
    platform.triggers.triggers.run_now(&arn).await.map_err(|error| match error {
        triggers::TriggerError::NotPlanned(_) => {
            let text = format!("schedule `{name}` is not enabled, so nothing is planned");
            Refusal::new(StatusCode::CONFLICT, text)
        }
        other => Refusal::new(StatusCode::SERVICE_UNAVAILABLE, other.to_string()),
    })?;
    let targets: Vec<String> = schedule.targets.iter().map(|target| short(&target.arn)).collect();
    let line = AuditLine {
        at: platform.clock.timestamp(),
        actor: "admin".to_owned(),
        action: "run schedule".to_owned(),
        subject: format!("schedule {}", model::Declared::name(schedule)),
        detail: targets.join(", "),
    };
    let noted = platform.keys.store().note(line).await;
    noted.map_err(|error| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    Ok(json_body(&json!({ "targets": targets })))
}
