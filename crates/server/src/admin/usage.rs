//! `/usage`: what keys consumed, and what operators give back.

use http::{Method, Request, StatusCode};
use model::limit::Zone;
use model::{ApiKeyId, Day, UsagePlanName};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{UsageQuery, UsageRow};
use wire::Body;

use super::keys::refused;
use super::refusal::Refusal;
use super::target::pairs;
use super::{Answered, json_body, read_json};
use crate::keys::{Quota, UsageReport};
use crate::platform::Platform;

/// Days shown when none are asked for: a week.
const RECENT: i32 = 6;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Extend {
    key: String,
    plan: String,
    requests: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    key: String,
    plan: String,
}

/// `rest` is what follows `/usage`.
pub(super) async fn answer(platform: &Platform, rest: &str, request: Request<Body>) -> Answered {
    let stack = platform.stack.load_full();
    match (request.method().clone(), rest) {
        (Method::GET, "" | "/") => {
            let query = query(platform, request.uri().query().unwrap_or_default()).await?;
            let report = platform.keys.usage(query.clone(), &stack).await.map_err(refused)?;
            Ok(json_body(&shown(platform, &query, &report).await))
        }
        (Method::POST, "/extend") => {
            let Extend { key, plan, requests } = read_json(request).await?;
            let plan = plan_named(&plan)?;
            let granted = platform.keys.extend(&key, &plan, requests, &stack).await;
            let granted = granted.map_err(refused)?;
            Ok(json_body(&json!({ "key": key, "plan": plan, "granted": granted })))
        }
        (Method::POST, "/reset") => {
            let Reset { key, plan } = read_json(request).await?;
            let plan = plan_named(&plan)?;
            let consumed = platform.keys.reset(&key, &plan, &stack).await.map_err(refused)?;
            Ok(json_body(&json!({ "key": key, "plan": plan, "consumed": consumed })))
        }
        (method, rest) => {
            let text = format!("the admin port has no {method} /usage{rest}");
            Err(Refusal::new(StatusCode::NOT_FOUND, text))
        }
    }
}

fn plan_named(name: &str) -> Result<UsagePlanName, Refusal> {
    let bad = |text| Refusal::new(StatusCode::BAD_REQUEST, text);
    UsagePlanName::parse(name).map_err(|problem| bad(format!("plan `{name}`: {problem}")))
}

async fn query(platform: &Platform, text: &str) -> Result<UsageQuery, Refusal> {
    let bad = |text: String| Refusal::new(StatusCode::BAD_REQUEST, text);
    let today = platform.clock.timestamp().day_in(&Zone::UTC);
    // Zones east of here may be a day ahead.
    let mut query =
        UsageQuery { key: None, plan: None, from: today.plus(-RECENT), to: today.plus(1) };
    let mut from = None;
    for (name, value) in pairs(text) {
        let day = || value.parse::<Day>().map_err(|problem| bad(format!("{name}: {problem}")));
        match &*name {
            "key" => query.key = Some(key_named(platform, &value).await?),
            "plan" => query.plan = Some(plan_named(&value)?),
            "from" => from = Some(day()?),
            "to" => query.to = day()?,
            other => return Err(bad(format!("unknown parameter `{other}`"))),
        }
    }
    query.from = from.unwrap_or(query.from.min(query.to));
    if query.from > query.to {
        return Err(bad(format!("from {} is after to {}", query.from, query.to)));
    }
    Ok(query)
}

/// By name or id. A key that was deleted has left its usage behind, under its id alone.
async fn key_named(platform: &Platform, name: &str) -> Result<ApiKeyId, Refusal> {
    let unknown = match platform.keys.find(name).await {
        Ok(key) => return Ok(key.id),
        Err(problem) => problem,
    };
    let key = ApiKeyId::known(name);
    if platform.keys.has_usage(&key).await.map_err(refused)? {
        return Ok(key);
    }
    let way_out = "the usage of one that was deleted is under its id: see `tidegate keys usage`";
    Err(Refusal::new(StatusCode::NOT_FOUND, format!("{unknown}; {way_out}")))
}

async fn shown(platform: &Platform, query: &UsageQuery, report: &UsageReport) -> Value {
    let keys = platform.keys.all().await;
    let row = |row: &UsageRow| {
        // A key that was deleted has left its usage behind.
        let name = keys.iter().find(|key| key.id == row.key).map(|key| &key.name);
        json!({
            "day": row.day,
            "plan": row.plan,
            "key": { "id": row.key, "name": name },
            "admitted": row.admitted,
            "granted": row.granted,
        })
    };
    let quota = |quota: &Quota| {
        let Quota { key, plan, standing } = quota;
        json!({
            "key": { "id": key.id, "name": key.name },
            "plan": plan,
            "rule": standing.rule,
            "limit": standing.limit,
            "used": standing.limit.saturating_sub(standing.remaining),
            "remaining": standing.remaining,
            "resets_in_ms": u64::try_from(standing.full_in.as_millis()).unwrap_or(u64::MAX),
        })
    };
    json!({
        "from": query.from,
        "to": query.to,
        "usage": report.rows.iter().map(row).collect::<Vec<_>>(),
        "quotas": report.quotas.iter().map(quota).collect::<Vec<_>>(),
        "store_problem": report.lacks_quotas.then(|| store_problem(platform)),
    })
}

fn store_problem(platform: &Platform) -> String {
    let known = platform.core.limit_store.shared().and_then(|store| store.health().problem);
    known.unwrap_or_else(|| "the store of limits did not answer".to_owned())
}
