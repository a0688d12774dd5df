//! Changes what holds for one caller.

use std::collections::BTreeSet;
use std::time::Duration;

use http::StatusCode;
use limits::{Entry, InForce, Limits, Look};
use model::{Clock, Now};
use store::AuditLine;

use super::super::refusal::Refusal;
use super::query::{Target, is_limit};
use super::silent;
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

/// Where a caller is looked for.
pub(super) struct Callers<'a> {
    pub(super) limits: &'a dyn Limits,
    pub(super) in_force: InForce,
    pub(super) target: &'a Target,
    pub(super) clock: &'a dyn Clock,
}

impl Callers<'_> {
    /// Where the caller stands after the change.
    pub(super) async fn apply(&self, change: Change) -> Result<Entry, Refusal> {
        let Self { limits, clock, .. } = *self;
        let now = clock.now();
        let entry = the_one(self.find().await?, self.target)?;
        let ask = entry.ask();
        let changed = match change {
            Change::Pause => {
                let until = now.timestamp.plus(self.target.span.unwrap_or(PAUSE));
                limits.pause(&ask, until, now).await
            }
            Change::Resume => limits.resume(&ask, now).await,
            Change::Reset => limits.reset(&ask, now).await,
        };
        changed.map_err(|problem| silent(&problem))?;
        let after = self.find().await?.into_iter().find(|after| after.key == entry.key);
        Ok(after.unwrap_or(entry))
    }

    /// Everybody of this name under limits of this name.
    async fn find(&self) -> Result<Vec<Entry>, Refusal> {
        let Self { limits, in_force, target, clock } = self;
        let look = Look {
            prefix: target.key.clone(),
            in_force: Some(in_force.clone()),
            with_idle: true,
            ..Look::default()
        };
        let mut entries =
            limits.inspect(&look, clock.now()).await.map_err(|problem| silent(&problem))?;
        entries.retain(|entry| {
            *entry.name.text == target.key
                && is_limit(&target.limit, entry.policy.scope(), entry.policy.name())
        });
        Ok(entries)
    }
}

/// Nothing is changed for one of several who look alike.
fn the_one(mut found: Vec<Entry>, target: &Target) -> Result<Entry, Refusal> {
    let Target { limit, key, .. } = target;
    let scopes: BTreeSet<_> = found.iter().map(|entry| entry.policy.scope()).collect();
    if scopes.len() > 1 {
        let names: Vec<_> = scopes.iter().map(|scope| format!("`{scope}/{limit}`")).collect();
        let text = format!("several limits are called `{limit}`; say {}", names.join(" or "));
        return Err(Refusal::new(StatusCode::CONFLICT, text));
    }
    if found.len() > 1 {
        let text = format!("{} callers of limit `{limit}` are shown as `{key}`", found.len());
        return Err(Refusal::new(StatusCode::CONFLICT, text));
    }
    found.pop().ok_or_else(|| {
        let text = format!(
            "limit `{limit}` has not seen a caller `{key}`; `tidegate limits` shows both as they are written"
        );
        Refusal::new(StatusCode::NOT_FOUND, text)
    })
}
