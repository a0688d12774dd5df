//! Usage by key, plan and day: noted durably while it is counted, read back at the start, and
//! extended or reset with a line that keeps what was consumed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gateway::{PlanStanding, UsageFigure};
use model::{ApiKey, ApiKeyId, Day, PlanQuota, Stack, UsagePlan, UsagePlanName};
use store::{StoreError, UsageQuery, UsageRow};

use super::{KeyError, Keys};
use crate::event::{Event, Reporter};
use crate::trouble::Trouble;

/// How old a figure may be when the process is killed.
const NOTE_EVERY: Duration = Duration::from_millis(100);

/// The figures that are durable.
pub(crate) type Noted = BTreeMap<(Day, UsagePlanName, ApiKeyId), u64>;

/// Usage with what is left of quotas now.
#[derive(Debug)]
pub(crate) struct UsageReport {
    pub(crate) rows: Vec<UsageRow>,
    pub(crate) quotas: Vec<Quota>,
}

/// One key's quota under one plan.
#[derive(Debug)]
pub(crate) struct Quota {
    pub(crate) key: ApiKey,
    pub(crate) plan: UsagePlanName,
    pub(crate) standing: PlanStanding,
}

/// Notes usage for as long as the server runs; ends with its task.
pub(crate) async fn keep_noting(keys: Arc<Keys>, reporter: Arc<dyn Reporter>) {
    let mut told: Option<StoreError> = None;
    loop {
        tokio::time::sleep(NOTE_EVERY).await;
        let trouble = keys.note_usage().await.err();
        if let Some(error) = &trouble
            && told.as_ref() != Some(error)
        {
            let text = format!("usage is counted, but not kept: {error}");
            reporter.report(&Event::from(Trouble::from(text)));
        }
        told = trouble;
    }
}

impl Keys {
    /// Makes durable what was counted since the last time.
    pub(crate) async fn note_usage(&self) -> Result<(), StoreError> {
        let mut noted = self.noted.lock().await;
        let fresh = |figure: &UsageFigure| {
            let place = (figure.day, figure.plan.clone(), figure.key.clone());
            noted.get(&place).is_none_or(|known| *known < figure.admitted)
        };
        let figures: Vec<_> = self.gateway.usage().into_iter().filter(fresh).collect();
        if figures.is_empty() {
            return Ok(());
        }
        let row = |UsageFigure { key, plan, day, admitted }: &UsageFigure| UsageRow {
            day: *day,
            plan: plan.clone(),
            key: key.clone(),
            admitted: *admitted,
            granted: 0,
        };
        self.store.note_usage(figures.iter().map(row).collect()).await?;
        for UsageFigure { key, plan, day, admitted } in figures {
            noted.insert((day, plan, key), admitted);
        }
        // Figures of the past are counted no more.
        let newest = noted.keys().next_back().map(|(day, ..)| *day).unwrap_or_default();
        noted.retain(|(day, ..), _| *day >= newest.plus(-2));
        Ok(())
    }

    /// Counts on where the process before ended. The counts of quotas outlive a kill, and figures
    /// that had not been noted by then are known from them.
    pub(super) async fn restore_usage(&self, stack: &Stack) -> Result<(), KeyError> {
        let now = self.clock.now();
        let today = now.timestamp.day_in(&model::limit::Zone::UTC);
        let recent = UsageQuery { key: None, plan: None, from: today.plus(-1), to: today.plus(1) };
        let rows = self.store.usage(recent).await?;
        let figures: Vec<_> = rows.into_iter().map(figure).collect();
        self.gateway.restore_usage(&figures);
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

    /// What the key has used of its quota, by what was noted.
    async fn used(
        &self,
        key: &ApiKeyId,
        plan: &UsagePlanName,
        quota: &PlanQuota,
    ) -> Result<u64, KeyError> {
        let now = self.clock.timestamp();
        let window = quota.period.window(&quota.zone, now);
        let to = now.day_in(&quota.zone);
        let from = window.map_or(to, |window| window.start.day_in(&quota.zone));
        let query = UsageQuery { key: Some(key.clone()), plan: Some(plan.clone()), from, to };
        let rows = self.store.usage(query).await?;
        Ok(rows.iter().fold(0, |used: u64, row| {
            used.saturating_add(row.admitted).saturating_sub(row.granted)
        }))
    }

    /// Exactly what was admitted up to now.
    pub(crate) async fn usage(
        &self,
        query: UsageQuery,
        stack: &Stack,
    ) -> Result<UsageReport, KeyError> {
        self.note_usage().await?;
        let now = self.clock.now();
        let mut quotas = Vec::new();
        for key in self.all().await {
            let is_asked = query.key.as_ref().is_none_or(|wanted| *wanted == key.id);
            let plans = key.plans.iter().filter(|plan| {
                let wanted = query.plan.as_ref();
                is_asked
                    && stack.usage_plans.contains_key(*plan)
                    && wanted.is_none_or(|wanted| wanted == *plan)
            });
            for plan in plans.cloned().collect::<Vec<_>>() {
                if let Some(standing) = self.gateway.quota_standing(&key.id, &plan, now).await? {
                    quotas.push(Quota { key: key.clone(), plan, standing });
                }
            }
        }
        Ok(UsageReport { rows: self.store.usage(query).await?, quotas })
    }

    /// Gives the key more of its quota, up to the whole of it; gives how much more.
    pub(crate) async fn extend(
        &self,
        name: &str,
        plan: &UsagePlanName,
        requests: u64,
        stack: &Stack,
    ) -> Result<u64, KeyError> {
        let (key, declared) = self.in_plan(name, plan, stack).await?;
        let standing = self.quota(&key, plan).await?;
        let used = standing.limit.saturating_sub(standing.remaining);
        let granted = requests.min(used);
        let detail = format!(
            "{granted} more requests of `{plan}`: {used} of {limit} were consumed, {left} are left",
            limit = standing.limit,
            left = standing.remaining + granted
        );
        self.gateway.extend_quota(&key.id, plan, granted, self.clock.now())?;
        let kept = self.grant(&key, declared, granted, "extend usage", detail).await;
        if kept.is_err() {
            self.gateway.charge_quota(&key.id, plan, granted, self.clock.now())?;
        }
        kept.map(|()| granted)
    }

    /// Gives the key all that the plan's limits count; gives what it had consumed of the quota.
    pub(crate) async fn reset(
        &self,
        name: &str,
        plan: &UsagePlanName,
        stack: &Stack,
    ) -> Result<u64, KeyError> {
        let (key, declared) = self.in_plan(name, plan, stack).await?;
        let used = match declared.quota {
            Some(_) => {
                let standing = self.quota(&key, plan).await?;
                standing.limit.saturating_sub(standing.remaining)
            }
            None => 0,
        };
        let detail = format!("all of `{plan}`; {used} requests of its quota were consumed");
        self.gateway.reset_usage(&key.id, plan, self.clock.now()).await?;
        let kept = self.grant(&key, declared, used, "reset usage", detail).await;
        if kept.is_err() && used > 0 {
            self.gateway.charge_quota(&key.id, plan, used, self.clock.now())?;
        }
        kept.map(|()| used)
    }

    async fn grant(
        &self,
        key: &ApiKey,
        plan: &UsagePlan,
        requests: u64,
        action: &str,
        detail: String,
    ) -> Result<(), KeyError> {
        self.note_usage().await?;
        let day = self.clock.timestamp().day_in(&plan.zone());
        let line = self.line(action, key, detail);
        let granted =
            self.store.grant_usage(key.id.clone(), plan.name.clone(), day, requests, line);
        Ok(granted.await?)
    }

    async fn quota(&self, key: &ApiKey, plan: &UsagePlanName) -> Result<PlanStanding, KeyError> {
        let standing = self.gateway.quota_standing(&key.id, plan, self.clock.now()).await?;
        Ok(standing.ok_or_else(|| gateway::AdjustError::NoQuota(plan.clone()))?)
    }

    async fn in_plan<'a>(
        &self,
        name: &str,
        plan: &UsagePlanName,
        stack: &'a Stack,
    ) -> Result<(ApiKey, &'a UsagePlan), KeyError> {
        let key = self.find(name).await?;
        let declared = stack.usage_plans.get(plan);
        match declared {
            Some(declared) if key.plans.contains(plan) => Ok((key, declared)),
            _ => {
                let text = format!("the key `{}` is not in a usage plan `{plan}`", key.name);
                Err(KeyError::Refused(text))
            }
        }
    }
}

/// Which of the two records of a quota lacks something.
#[derive(Debug, PartialEq, Eq)]
enum Disagreement {
    None,
    /// Usage was counted and not noted: the process was killed in between.
    Noted(u64),
    /// What was noted is not counted: the counts are gone, or older after a loss of power.
    Counted(u64),
}

/// `used` is what was noted. A quota that is used up may be overdrawn, so nothing is taken of it.
fn agree(used: u64, standing: &PlanStanding) -> Disagreement {
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
