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
        let used = self.consumed(&key, declared, &standing).await?;
        let given = Given::of(requests, used, &standing);
        let detail = format!(
            "{granted} more requests of `{plan}`: {used} of {limit} were consumed, {left} are left",
            granted = given.granted,
            limit = standing.limit,
            left = standing.remaining + given.granted
        );
        let now = self.clock.now();
        if !self.counts_alone && standing.remaining == 0 {
            let used = standing.limit - given.granted;
            self.gateway.lower_quota(&key.id, plan, used, now).await?;
        } else {
            self.gateway.extend_quota(&key.id, plan, given.credit, now)?;
        }
        let kept = self.grant(&key, declared, given.credit, "extend usage", detail).await;
        if kept.is_err() {
            self.gateway.charge_quota(&key.id, plan, given.credit, self.clock.now())?;
        }
        kept.map(|()| given.granted)
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
                self.consumed(&key, declared, &standing).await?
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

    /// What the quota has counted, which is beyond the limit where that was lowered since. What a shared
    /// store has counted beyond it is not known.
    async fn consumed(
        &self,
        key: &ApiKey,
        plan: &UsagePlan,
        standing: &PlanStanding,
    ) -> Result<u64, KeyError> {
        let counted = standing.limit.saturating_sub(standing.remaining);
        match &plan.quota {
            Some(quota) if self.counts_alone && standing.remaining == 0 => {
                self.note_usage().await?;
                Ok(self.used(&key.id, &plan.name, quota).await?.max(counted))
            }
            _ => Ok(counted),
        }
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

/// What an extension gives.
#[derive(Debug, PartialEq, Eq)]
struct Given {
    /// How many requests more the key may make.
    granted: u64,
    /// How many are taken off what was counted: those beyond the limit first.
    credit: u64,
}

impl Given {
    fn of(requests: u64, used: u64, standing: &PlanStanding) -> Self {
        let most = standing.limit.saturating_sub(standing.remaining);
        let granted = requests.min(most);
        let stays = most - granted;
        Self { granted, credit: used.saturating_sub(stays) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Rule;

    use super::*;

    #[test]
    fn an_extension_makes_up_for_what_is_beyond_a_lowered_limit() {
        let standing = |remaining| PlanStanding {
            policy: "basic-quota".to_owned(),
            rule: Rule::Concurrency { slots: 1 },
            limit: 20,
            remaining,
            full_in: Duration::ZERO,
        };
        let given = |requests, used, remaining| {
            let Given { granted, credit } = Given::of(requests, used, &standing(remaining));
            (granted, credit)
        };
        assert_eq!(given(5, 12, 8), (5, 5));
        assert_eq!(given(50, 12, 8), (12, 12));
        assert_eq!(given(5, 100, 0), (5, 85));
        assert_eq!(given(50, 100, 0), (20, 100));
    }
}
