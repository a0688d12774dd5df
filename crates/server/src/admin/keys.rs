//! `/keys`: API keys. A value is in the answer that makes it and in no other.

use std::time::Duration;

use gateway::AdjustError;
use http::{Method, Request, Response, StatusCode};
use model::{ApiKey, ApiKeyName, Day, KeyText, Origin, Timestamp, UsagePlanName};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::Body;

use super::refusal::Refusal;
use super::target::decoded;
use super::{Answered, json_body, read_json};
use crate::keys::{KeyError, Made, Wanted, subject};
use crate::platform::Platform;

/// As many lines about one key as are shown with it.
const LINES: usize = 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    plans: Vec<String>,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    expires: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotate {
    #[serde(default)]
    overlap_seconds: u64,
    #[serde(default)]
    value: Option<String>,
}

/// `rest` is what follows `/keys`.
pub(super) async fn answer(platform: &Platform, rest: &str, request: Request<Body>) -> Answered {
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    let (name, action) = (parts.next().map(decoded), parts.next());
    let method = request.method().clone();
    let stack = platform.stack.load_full();
    let keys = &platform.keys;
    match (method, name.as_deref(), action, parts.next()) {
        (Method::GET, None, None, None) => {
            let all: Vec<_> = keys.all().await.iter().map(shown).collect();
            Ok(json_body(&json!({ "keys": all })))
        }
        (Method::POST, None, None, None) => {
            let wanted = wanted(read_json(request).await?)?;
            let made = keys.create(wanted, &stack).await.map_err(refused)?;
            let mut response = json_body(&shown_once(&made));
            *response.status_mut() = StatusCode::CREATED;
            Ok(response)
        }
        (Method::GET, Some(name), None, None) => one(platform, name).await,
        (Method::DELETE, Some(name), None, None) => {
            keys.delete(name).await.map(|key| json_body(&shown(&key))).map_err(refused)
        }
        (Method::POST, Some(name), Some("rotate"), None) => {
            let Rotate { overlap_seconds, value } = read_json(request).await?;
            let value = value.map(text).transpose()?;
            let overlap = Duration::from_secs(overlap_seconds);
            let made = keys.rotate(name, value, overlap, &stack).await.map_err(refused)?;
            Ok(json_body(&shown_once(&made)))
        }
        (Method::POST, Some(name), Some("enable"), None) => {
            keys.enable(name).await.map(|key| json_body(&shown(&key))).map_err(refused)
        }
        (Method::POST, Some(name), Some("disable"), None) => {
            keys.disable(name).await.map(|key| json_body(&shown(&key))).map_err(refused)
        }
        (method, ..) => {
            let text = format!("the admin port has no {method} /keys{rest}");
            Err(Refusal::new(StatusCode::NOT_FOUND, text))
        }
    }
}

/// A key and what was done with it last.
async fn one(platform: &Platform, name: &str) -> Result<Response<Body>, Refusal> {
    let key = platform.keys.find(name).await.map_err(refused)?;
    let query = store::AuditQuery { subject: Some(subject(&key)), most: LINES };
    let lines = platform.keys.store().audit(query).await.map_err(|e| refused(e.into()))?;
    let lines: Vec<_> = lines.iter().map(super::audit::line).collect();
    let mut value = shown(&key);
    value["audit"] = lines.into();
    Ok(json_body(&value))
}

fn wanted(create: Create) -> Result<Wanted, Refusal> {
    let named = |problem: model::NameProblem| bad(format!("name: {problem}"));
    let plan = |name: &String| {
        UsagePlanName::parse(name).map_err(|problem| bad(format!("plan `{name}`: {problem}")))
    };
    let expires = create.expires.as_deref().map(|text| {
        let day: Day = text.parse().map_err(|problem| bad(format!("expires: {problem}")))?;
        let days = u64::try_from(day.0).map_err(|_| bad("expires: before 1970".to_owned()))?;
        Ok::<_, Refusal>(Timestamp(0).plus(Duration::from_hours(24 * days)))
    });
    Ok(Wanted {
        name: ApiKeyName::parse(&create.name).map_err(named)?,
        plans: create.plans.iter().map(plan).collect::<Result<_, _>>()?,
        value: create.value.map(text).transpose()?,
        expires: expires.transpose()?,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the secret goes no further")]
fn text(value: String) -> Result<KeyText, Refusal> {
    KeyText::parse(&value).map_err(|problem| bad(problem.to_string()))
}

fn bad(text: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, text)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(super) fn refused(error: KeyError) -> Refusal {
    let status = match &error {
        KeyError::Unknown(_) => StatusCode::NOT_FOUND,
        KeyError::Adjust(AdjustError::Store(_)) | KeyError::Store(_) | KeyError::Random(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        KeyError::Refused(_) | KeyError::Adjust(_) => StatusCode::CONFLICT,
    };
    Refusal::new(status, error.to_string())
}

pub(super) fn shown(key: &ApiKey) -> Value {
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let values: Vec<_> = key
        .values
        .iter()
        .map(|value| {
            json!({
                "prefix": value.prefix,
                "since": value.since.to_string(),
                "until": at(value.until),
            })
        })
        .collect();
    let origin = match key.origin {
        Origin::Manifest => "manifest",
        Origin::Operator => "operator",
    };
    json!({
        "id": key.id,
        "name": key.name,
        "origin": origin,
        "plans": key.plans,
        "enabled": key.enabled,
        "expires": at(key.expires),
        "values": values,
        "created": key.created.to_string(),
        "updated": key.updated.to_string(),
    })
}

fn shown_once(made: &Made) -> Value {
    let value = made.value.as_ref().map(KeyText::reveal);
    json!({ "key": shown(&made.key), "value": value })
}
