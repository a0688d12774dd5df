//! Usage by key, plan and day: noted durably while it is counted, and told.

mod adjust;
mod carry_over;
mod restore;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gateway::{AdjustError, PlanStanding, UsageFigure};
use model::limit::Zone;
use model::{ApiKey, ApiKeyId, Day, PlanQuota, Stack, UsagePlanName};
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
    /// Whether there are more quotas, in a store that does not answer.
    pub(crate) lacks_quotas: bool,
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

    /// Whether anything was ever admitted with the key, which may be deleted since.
    pub(crate) async fn has_usage(&self, key: &ApiKeyId) -> Result<bool, KeyError> {
        self.note_usage().await?;
        // Zones east of here may be a day ahead.
        let to = self.clock.timestamp().day_in(&Zone::UTC).plus(1);
        let ever = UsageQuery { key: Some(key.clone()), plan: None, from: Day::default(), to };
        Ok(!self.store.usage(ever).await?.is_empty())
    }

    /// Exactly what was admitted up to now.
    pub(crate) async fn usage(
        &self,
        query: UsageQuery,
        stack: &Stack,
    ) -> Result<UsageReport, KeyError> {
        self.note_usage().await?;
        let now = self.clock.now();
        let (mut quotas, mut lacks_quotas) = (Vec::new(), false);
        for key in self.all().await {
            let is_asked = query.key.as_ref().is_none_or(|wanted| *wanted == key.id);
            let plans = key.plans.iter().filter(|plan| {
                let wanted = query.plan.as_ref();
                is_asked
                    && stack.usage_plans.contains_key(*plan)
                    && wanted.is_none_or(|wanted| wanted == *plan)
            });
            for plan in plans.cloned().collect::<Vec<_>>() {
                match self.gateway.quota_standing(&key.id, &plan, now).await {
                    Ok(None) => {}
                    Ok(Some(standing)) => quotas.push(Quota { key: key.clone(), plan, standing }),
                    Err(AdjustError::Store(_)) => lacks_quotas = true,
                    Err(other) => return Err(other.into()),
                }
            }
        }
        Ok(UsageReport { rows: self.store.usage(query).await?, quotas, lacks_quotas })
    }

    /// What the key has used in the quota's period, by what was noted.
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
}
