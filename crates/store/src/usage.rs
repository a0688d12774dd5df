//! The contract for usage: how many requests each key was admitted, under each plan, on each day.

use model::{ApiKeyId, Day, UsagePlanName};

use crate::{AuditLine, Pending};

/// One key's day under one plan. The days are those of the plan's time zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsageRow {
    pub day: Day,
    pub plan: UsagePlanName,
    pub key: ApiKeyId,
    /// The whole day's figure so far, not what is new of it.
    pub admitted: u64,
    /// How many of its quota the key was given back on that day, by extension or reset. The figure
    /// above stays what was consumed.
    pub granted: u64,
}

/// Both days are included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageQuery {
    pub key: Option<ApiKeyId>,
    pub plan: Option<UsagePlanName>,
    pub from: Day,
    pub to: Day,
}

impl UsageQuery {
    pub fn includes(&self, row: &UsageRow) -> bool {
        let is_key = self.key.as_ref().is_none_or(|key| *key == row.key);
        let is_plan = self.plan.as_ref().is_none_or(|plan| *plan == row.plan);
        is_key && is_plan && (self.from..=self.to).contains(&row.day)
    }
}

pub trait UsageStore {
    /// Notes the figures `admitted` of these days. A figure never goes down: a late note of an earlier figure
    /// changes nothing, so that noting may be repeated.
    fn note_usage(&self, rows: Vec<UsageRow>) -> Pending<'_, ()>;

    /// Adds to what the key was given back on that day, together with the line about it.
    fn grant_usage(
        &self,
        key: ApiKeyId,
        plan: UsagePlanName,
        day: Day,
        requests: u64,
        line: AuditLine,
    ) -> Pending<'_, ()>;

    /// By day, then plan, then key.
    fn usage(&self, query: UsageQuery) -> Pending<'_, Vec<UsageRow>>;
}
