//! Changes what holds for one caller.

use std::time::Duration;

use limits::{Entry, Limits, Look, StoreProblem};
use model::Now;
use store::AuditLine;

use super::query::{Target, is_limit};
use crate::keys::OPERATOR;

/// How long a pause lasts that does not say it.
const PAUSE: Duration = Duration::from_mins(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Pause,
    Resume,
    Reset,
}

impl Change {
    pub(super) fn named(path: &str) -> Option<Self> {
        match path.rsplit('/').next()? {
            "pause" => Some(Self::Pause),
            "resume" => Some(Self::Resume),
            "reset" => Some(Self::Reset),
            _ => None,
        }
    }
}

/// What the audit log says about a change.
pub(super) fn line(change: Change, target: &Target, entry: &Entry, now: Now) -> AuditLine {
    let Target { limit: _, key, span } = target;
    let (action, detail) = match change {
        Change::Pause => {
            let until = now.timestamp.plus(span.unwrap_or(PAUSE));
            ("pause limit", format!("{key} until {until}"))
        }
        Change::Resume => ("resume limit", key.clone()),
        Change::Reset => ("reset limit", key.clone()),
    };
    AuditLine {
        at: now.timestamp,
        actor: OPERATOR.to_owned(),
        action: action.to_owned(),
        subject: format!("limit {}/{}", entry.policy.scope(), entry.policy.name()),
        detail,
    }
}

/// Where the caller stands after the change; nothing when it was never seen.
pub(super) async fn apply(
    limits: &dyn Limits,
    change: Change,
    target: &Target,
    now: Now,
) -> Result<Option<Entry>, StoreProblem> {
    let Some(entry) = find(limits, target, now).await? else {
        return Ok(None);
    };
    let ask = entry.ask();
    match change {
        Change::Pause => {
            let until = now.timestamp.plus(target.span.unwrap_or(PAUSE));
            limits.pause(&ask, until, now).await?;
        }
        Change::Resume => limits.resume(&ask, now).await?,
        Change::Reset => limits.reset(&ask, now).await?,
    }
    let after = find(limits, target, now).await?;
    Ok(Some(after.unwrap_or_else(|| unused(entry))))
}

/// Who has used nothing and is not paused need not be remembered.
fn unused(entry: Entry) -> Entry {
    Entry { used: 0, remaining: entry.limit, full_in: Duration::ZERO, paused_until: None, ..entry }
}

async fn find(
    limits: &dyn Limits,
    target: &Target,
    now: Now,
) -> Result<Option<Entry>, StoreProblem> {
    let look = Look { prefix: target.key.clone(), ..Look::default() };
    let entries = limits.inspect(&look, now).await?;
    Ok(entries.into_iter().find(|entry| {
        entry.name == target.key
            && is_limit(&target.limit, entry.policy.scope(), entry.policy.name())
    }))
}
