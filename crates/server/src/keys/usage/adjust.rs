//! What operators do with usage: it is extended or reset, with a line that keeps what was consumed.

use gateway::PlanStanding;
use model::{ApiKey, Stack, UsagePlan, UsagePlanName};

use crate::keys::{KeyError, Keys};

impl Keys {
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
