//! Usage that an earlier process left: what was noted, and what quotas count.

use gateway::{PlanStanding, UsageFigure};
use model::{ApiKeyId, Day, Stack, UsagePlanName};
use store::{UsageQuery, UsageRow};

use crate::keys::{KeyError, Keys};

impl Keys {
    /// Counts on where the process before ended. The counts of quotas outlive a kill, and figures
    /// that had not been noted by then are known from them.
    pub(in crate::keys) async fn restore_usage(&self, stack: &Stack) -> Result<(), KeyError> {
        let now = self.clock.now();
        let today = now.timestamp.day_in(&model::limit::Zone::UTC);
        let recent = UsageQuery { key: None, plan: None, from: today.plus(-1), to: today.plus(1) };
        let rows = self.store.usage(recent).await?;
        let figures: Vec<_> = rows.into_iter().map(figure).collect();
        self.gateway.restore_usage(&figures);
        if !self.counts_alone {
            return Ok(());
        }
        for key in self.kept.lock().await.iter() {
            for name in &key.plans {
                let Some(quota) = stack.usage_plans.get(name).and_then(|plan| plan.quota.as_ref())
                else {
                    continue;
                };
                let used = self.used(&key.id, name, quota).await?;
                let Some(standing) = self.gateway.quota_standing(&key.id, name, now).await? else {
                    continue;
                };
                match agree(used, &standing) {
                    Disagreement::None => {}
                    Disagreement::Noted(missing) => {
                        let day = now.timestamp.day_in(&quota.zone);
                        let late = Late { key: &key.id, plan: name, day, missing };
                        self.gateway.restore_usage(&[late.figure(&figures)]);
                    }
                    Disagreement::Counted(missing) => {
                        self.gateway.charge_quota(&key.id, name, missing, now)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Which of the two records of a quota lacks something.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Disagreement {
    None,
    /// Usage was counted and not noted: the process was killed in between.
    Noted(u64),
    /// What was noted is not counted: the counts are gone, or older after a loss of power.
    Counted(u64),
}

/// `used` is what was noted. A quota that is used up may be overdrawn, so nothing is taken of it.
pub(super) fn agree(used: u64, standing: &PlanStanding) -> Disagreement {
    let counted = standing.limit.saturating_sub(standing.remaining);
    match counted.checked_sub(used) {
        Some(0) => Disagreement::None,
        Some(missing) => Disagreement::Noted(missing),
        None if standing.remaining == 0 => Disagreement::None,
        None => Disagreement::Counted(used - counted),
    }
}

/// Requests of today that nobody noted.
struct Late<'a> {
    key: &'a ApiKeyId,
    plan: &'a UsagePlanName,
    day: Day,
    missing: u64,
}

impl Late<'_> {
    fn figure(&self, noted: &[UsageFigure]) -> UsageFigure {
        let Self { key, plan, day, missing } = *self;
        let today = noted
            .iter()
            .find(|figure| figure.key == *key && figure.plan == *plan && figure.day == day);
        let admitted = today.map_or(0, |figure| figure.admitted) + missing;
        UsageFigure { key: key.clone(), plan: plan.clone(), day, admitted }
    }
}

fn figure(row: UsageRow) -> UsageFigure {
    UsageFigure { key: row.key, plan: row.plan, day: row.day, admitted: row.admitted }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Rule;

    use super::*;

    #[test]
    fn the_record_that_knows_more_is_believed() {
        let standing = |limit, remaining| PlanStanding {
            policy: "basic-quota".to_owned(),
            rule: Rule::Concurrency { slots: 1 },
            limit,
            remaining,
            full_in: Duration::ZERO,
        };
        assert_eq!(agree(7, &standing(10, 3)), Disagreement::None);
        assert_eq!(agree(5, &standing(10, 3)), Disagreement::Noted(2));
        assert_eq!(agree(7, &standing(10, 10)), Disagreement::Counted(7));
        assert_eq!(agree(50, &standing(20, 0)), Disagreement::None, "the limit was lowered");
    }
}
