//! `/queues`: what waits in each, and what operators do about it.

use std::collections::BTreeMap;

use http::{Method, Request, StatusCode};
use messaging::{MoveState, MoveTask, Outgoing, QueueError};
use model::{AttributeData, AttributeValue, Queue, QueueName};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{AuditLine, Peeked, Standing};
use wire::Body;

use super::refusal::Refusal;
use super::target::{decoded, pairs};
use super::{Answered, json_body, read_json};
use crate::platform::Platform;

/// Messages that are shown when nobody says how many, and at most.
const SHOWN: usize = 10;
const MOST_SHOWN: usize = 1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    body: String,
    #[serde(default)]
    group: Option<String>,
    #[serde(default)]
    deduplication: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    delay_seconds: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Redrive {
    /// Another queue than those that gave the messages up.
    #[serde(default)]
    to: Option<String>,
}

/// `rest` is what follows `/queues`.
pub(super) async fn answer(platform: &Platform, rest: &str, request: Request<Body>) -> Answered {
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    let (name, action) = (parts.next(), parts.next());
    let method = request.method().clone();
    let Some(name) = name else {
        return match method {
            Method::GET => all(platform).await,
            method => Err(unknown(&method, rest)),
        };
    };
    let queue = find(platform, &decoded(name))?;
    match (method, action, parts.next()) {
        (Method::GET, None, None) => Ok(json_body(&shown(platform, &queue).await?)),
        (Method::GET, Some("messages"), None) => {
            peek(platform, &queue, request.uri().query().unwrap_or_default()).await
        }
        (Method::POST, Some("messages"), None) => {
            send(platform, &queue, read_json(request).await?).await
        }
        (Method::POST, Some("purge"), None) => purge(platform, &queue).await,
        (Method::POST, Some("redrive"), None) => {
            redrive(platform, &queue, &read_json(request).await?).await
        }
        (Method::GET, Some("redrive"), None) => moves(platform, &queue),
        (method, ..) => Err(unknown(&method, rest)),
    }
}

fn unknown(method: &Method, rest: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, format!("the admin port has no {method} /queues{rest}"))
}

fn find(platform: &Platform, name: &str) -> Result<Queue, Refusal> {
    platform.queues.find(name).ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, format!("queue `{name}` does not exist"))
    })
}

async fn all(platform: &Platform) -> Answered {
    let mut all = Vec::new();
    for queue in platform.queues.all() {
        all.push(shown(platform, &queue).await?);
    }
    Ok(json_body(&json!({ "queues": all })))
}

async fn shown(platform: &Platform, queue: &Queue) -> Result<Value, Refusal> {
    let counts = platform.queues.counts(&queue.name).await.map_err(refused)?;
    let mut dead = None;
    if let Some(redrive) = &queue.redrive {
        let name = QueueName::parse(redrive.to.resource()).ok();
        if let Some(name) = name.filter(|name| platform.queues.find(name.as_str()).is_some()) {
            let counts = platform.queues.counts(&name).await.map_err(refused)?;
            dead = Some(counts.visible + counts.in_flight + counts.delayed);
        }
    }
    let resources = platform.resources.snapshot();
    let origin = resources.find::<Queue>(&queue.name).map(|(_, kept)| kept.origin);
    let redrive = queue
        .redrive
        .as_ref()
        .map(|redrive| json!({ "to": redrive.to.resource(), "after": redrive.after }));
    Ok(json!({
        "name": queue.name,
        "origin": origin,
        "fifo": queue.fifo.is_some(),
        "visible": counts.visible,
        "in_flight": counts.in_flight,
        "delayed": counts.delayed,
        "oldest_seconds": counts.oldest.map(|oldest| oldest.as_secs()),
        "redrive": redrive,
        "dead_letters": dead,
    }))
}

async fn peek(platform: &Platform, queue: &Queue, query: &str) -> Answered {
    let bad = |text: String| Refusal::new(StatusCode::BAD_REQUEST, text);
    let mut most = SHOWN;
    for (name, text) in pairs(query) {
        match &*name {
            "most" => {
                let number = text.parse().ok().filter(|most| (1..=MOST_SHOWN).contains(most));
                most = number.ok_or_else(|| bad(format!("most: expected 1 to {MOST_SHOWN}")))?;
            }
            other => return Err(bad(format!("unknown parameter `{other}`"))),
        }
    }
    let peeked = platform.queues.peek(&queue.name, 0, most).await.map_err(refused)?;
    let messages: Vec<Value> = peeked.iter().map(message).collect();
    Ok(json_body(&json!({ "messages": messages })))
}

fn message(peeked: &Peeked) -> Value {
    let (standing, until) = match peeked.standing {
        Standing::Visible => ("visible", None),
        Standing::InFlight { until } => ("in flight", Some(until.to_string())),
        Standing::Delayed { until } => ("delayed", Some(until.to_string())),
    };
    json!({
        "id": peeked.message.id.to_string(),
        "sent": peeked.message.sent.to_string(),
        "received": peeked.count,
        "standing": standing,
        "until": until,
        "group": peeked.message.group,
        "body": peeked.message.body,
    })
}

async fn send(platform: &Platform, queue: &Queue, send: Send) -> Answered {
    let text = |(name, text): (String, String)| {
        let value = AttributeData::Text(text);
        (name, AttributeValue { data_type: "String".to_owned(), value })
    };
    let message = Outgoing {
        body: send.body,
        attributes: send.attributes.into_iter().map(text).collect(),
        delay: send.delay_seconds.map(std::time::Duration::from_secs),
        group: send.group,
        deduplication: send.deduplication,
        ..Outgoing::default()
    };
    let sent = platform.queues.send(&queue.name, message).await.map_err(refused)?;
    let mut response = json_body(&json!({ "messageId": sent.id }));
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

async fn purge(platform: &Platform, queue: &Queue) -> Answered {
    let before = platform.queues.counts(&queue.name).await.map_err(refused)?;
    platform.queues.purge(&queue.name).await.map_err(refused)?;
    let purged = before.visible + before.in_flight + before.delayed;
    let messages = if purged == 1 { "message" } else { "messages" };
    note(platform, "purge queue", queue, format!("{purged} {messages}")).await?;
    Ok(json_body(&json!({ "purged": purged })))
}

async fn redrive(platform: &Platform, queue: &Queue, wanted: &Redrive) -> Answered {
    let source = platform.queues.arn(&queue.name);
    let to = wanted.to.as_deref().map(|name| find(platform, name)).transpose()?;
    let destination = to.as_ref().map(|to| platform.queues.arn(&to.name));
    let handle = platform.queues.start_move(&source, destination.as_ref(), None).await;
    let handle = handle.map_err(refused)?;
    let detail = to.map_or("to where they came from".to_owned(), |to| format!("to {}", to.name));
    note(platform, "redrive queue", queue, detail).await?;
    Ok(json_body(&json!({ "task": handle })))
}

fn moves(platform: &Platform, queue: &Queue) -> Answered {
    let source = platform.queues.arn(&queue.name);
    let tasks = platform.queues.list_moves(&source, SHOWN).map_err(refused)?;
    let tasks: Vec<Value> = tasks.iter().map(task).collect();
    Ok(json_body(&json!({ "tasks": tasks })))
}

fn task(task: &MoveTask) -> Value {
    let (state, reason) = match &task.state {
        MoveState::Running => ("running", None),
        MoveState::Cancelling => ("cancelling", None),
        MoveState::Cancelled => ("cancelled", None),
        MoveState::Completed => ("completed", None),
        MoveState::Failed(reason) => ("failed", Some(reason)),
    };
    json!({ "task": task.handle, "state": state, "reason": reason, "moved": task.moved })
}

async fn note(
    platform: &Platform,
    action: &str,
    queue: &Queue,
    detail: String,
) -> Result<(), Refusal> {
    let line = AuditLine {
        at: platform.clock.timestamp(),
        actor: "admin".to_owned(),
        action: action.to_owned(),
        subject: format!("queue {}", queue.name),
        detail,
    };
    platform.keys.store().note(line).await.map_err(|error| refused(error.into()))
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn refused(error: QueueError) -> Refusal {
    let status = match &error {
        QueueError::NoSuchQueue(_) | QueueError::NotFound(_) => StatusCode::NOT_FOUND,
        QueueError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        QueueError::PurgeInProgress(_) | QueueError::OverLimit { .. } => StatusCode::CONFLICT,
        _ => StatusCode::BAD_REQUEST,
    };
    Refusal::new(status, error.to_string())
}
