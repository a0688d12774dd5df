//! `/schedules`: when schedules, and event rules with an expression, are due next; runs besides.

use http::{Method, Request, StatusCode};
use model::{Account, Arn, Declared, EventRule, EventTarget, Schedule, Snapshot, Timetable};
use serde_json::{Value, json};
use store::AuditLine;
use wire::Body;

use super::refusal::Refusal;
use super::target::decoded;
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
            let all = clocked(&resources, platform.resources.account());
            let all: Vec<Value> = all.iter().map(|one| one.shown(platform, &resources)).collect();
            Ok(json_body(&json!({ "schedules": all })))
        }
        (Method::POST, Some(name), Some("run"), None) => run(platform, &decoded(name)).await,
        (method, ..) => {
            let text = format!("the admin port has no {method} /schedules{rest}");
            Err(Refusal::new(StatusCode::NOT_FOUND, text))
        }
    }
}

/// What runs by the clock.
struct Clocked<'a> {
    kind: &'static str,
    arn: Arn,
    /// As audit lines and messages have it.
    named: String,
    name: &'a str,
    timetable: Timetable,
    enabled: bool,
    targets: &'a [EventTarget],
    /// What only schedules have.
    schedule: Option<&'a Schedule>,
}

fn clocked<'a>(resources: &'a Snapshot, account: &Account) -> Vec<Clocked<'a>> {
    let schedules = resources.all::<Schedule>().map(|schedule| Clocked {
        kind: "schedule",
        arn: schedule.arn(account),
        named: Declared::name(schedule),
        name: schedule.name.as_str(),
        timetable: schedule.timetable.clone(),
        enabled: schedule.enabled,
        targets: &schedule.targets,
        schedule: Some(schedule),
    });
    let rules = resources.all::<EventRule>().filter_map(|rule| {
        Some(Clocked {
            kind: "rule",
            arn: rule.arn(account),
            named: Declared::name(rule),
            name: rule.name.as_str(),
            timetable: Timetable::of(rule.expression.clone()?),
            enabled: rule.enabled,
            targets: &rule.targets,
            schedule: None,
        })
    });
    schedules.chain(rules).collect()
}

impl Clocked<'_> {
    fn shown(&self, platform: &Platform, resources: &Snapshot) -> Value {
        let upcoming = platform.triggers.triggers.upcoming(&self.arn, AHEAD);
        let (last, next) =
            upcoming.map(|upcoming| (upcoming.passed, upcoming.next)).unwrap_or_default();
        let origin = match self.schedule {
            Some(_) => resources.find::<Schedule>(&*self.named).map(|(_, kept)| kept.origin),
            None => resources.find::<EventRule>(&*self.named).map(|(_, kept)| kept.origin),
        };
        json!({
            "name": self.name,
            "kind": self.kind,
            "group": self.schedule.map(|schedule| &schedule.group),
            "expression": self.timetable.expression,
            "zone": self.timetable.zone,
            "enabled": self.enabled,
            "missed": self.schedule.map(|schedule| schedule.missed),
            "targets": self.targets(),
            "last": last.map(|at| at.to_string()),
            "next": next.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "origin": origin,
        })
    }

    fn targets(&self) -> Vec<String> {
        self.targets.iter().map(|target| short(&target.arn)).collect()
    }

    /// `schedule nightly`.
    fn called(&self) -> String {
        format!("{} `{}`", self.kind, self.name)
    }
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

/// By name alone: `group.name` is not one, since names may have dots.
async fn run(platform: &Platform, name: &str) -> Answered {
    let resources = platform.resources.snapshot();
    let clocked = clocked(&resources, platform.resources.account());
    let one = found(&clocked, name)?;
    platform.triggers.triggers.run_now(&one.arn).await.map_err(|error| match error {
        triggers::TriggerError::NotPlanned(_) => {
            let text = format!("{} is not enabled, so nothing is planned", one.called());
            Refusal::new(StatusCode::CONFLICT, text)
        }
        other => Refusal::new(StatusCode::SERVICE_UNAVAILABLE, other.to_string()),
    })?;
    let targets = one.targets();
    let line = AuditLine {
        at: platform.clock.timestamp(),
        actor: "admin".to_owned(),
        action: format!("run {}", one.kind),
        subject: format!("{} {}", one.kind, one.named),
        detail: targets.join(", "),
    };
    let noted = platform.keys.store().note(line).await;
    noted.map_err(|error| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    Ok(json_body(&json!({ "targets": targets })))
}

fn found<'a>(all: &'a [Clocked<'a>], name: &str) -> Result<&'a Clocked<'a>, Refusal> {
    let mut named = all.iter().filter(|known| known.name == name);
    let one = named.next().ok_or_else(|| {
        let text = format!("no schedule and no rule with an expression is called `{name}`");
        Refusal::new(StatusCode::NOT_FOUND, text)
    })?;
    let Some(other) = named.next() else { return Ok(one) };
    let whose = |one: &Clocked<'_>| match one.schedule {
        Some(schedule) => format!("a schedule in the group `{}`", schedule.group),
        None => "an event rule".to_owned(),
    };
    let text = format!(
        "`{name}` is {} and {}; use AWS's API, or give one another name",
        whose(one),
        whose(other)
    );
    Err(Refusal::new(StatusCode::CONFLICT, text))
}
