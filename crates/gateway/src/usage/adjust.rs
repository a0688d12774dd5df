//! Where a key stands under its plans, and what operators change about that.

use std::time::Duration;

use limits::{Ask, Key, Limits, Standing, StoreProblem};
use model::{ApiKeyId, Now, UsagePlanName};

use super::plan::{CompiledPlan, PlanLimit};
use crate::gateway::Gateway;

/// One key under one limit of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStanding {
    /// The policy's name.
    pub policy: String,
    pub rule: model::Rule,
    pub limit: u64,
    pub remaining: u64,
    /// Until everything is back.
    pub full_in: Duration,
}

/// Why nothing was adjusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdjustError {
    #[error("the usage plan `{0}` is not in this stack")]
    NoPlan(UsagePlanName),
    #[error("the usage plan `{0}` has no quota to extend")]
    NoQuota(UsagePlanName),
    #[error("the store of limits did not answer: {0}")]
    Store(StoreProblem),
}

impl Gateway {
    /// Where the key stands under the plan's quota; `None` for a plan without one.
    pub async fn quota_standing(
        &self,
        key: &ApiKeyId,
        plan: &UsagePlanName,
        now: Now,
    ) -> Result<Option<PlanStanding>, AdjustError> {
        let shared = self.shared();
        let loaded = shared.plan.load_full();
        let plan = loaded.usage_plans.get(plan).ok_or(AdjustError::NoPlan(plan.clone()))?;
        let Some(quota) = &plan.quota else { return Ok(None) };
        let limits = &*shared.dependencies.limits;
        let Some((told, standing)) = standing(limits, quota, key.as_str(), now).await else {
            return Ok(None);
        };
        // What a failure policy says in its place is no ground to change anything.
        match told.degraded() {
            None => Ok(Some(standing)),
            Some(_) => Err(AdjustError::Store(StoreProblem("try again once it does".into()))),
        }
    }

    /// Gives the key so many more requests of its plan's quota, up to the whole of it.
    pub fn extend_quota(
        &self,
        key: &ApiKeyId,
        plan: &UsagePlanName,
        by: u64,
        now: Now,
    ) -> Result<(), AdjustError> {
        self.settle_quota(key, plan, -i64::try_from(by).unwrap_or(i64::MAX), now)
    }

    fn settle_quota(
        &self,
        key: &ApiKeyId,
        plan: &UsagePlanName,
        extra: i64,
        now: Now,
    ) -> Result<(), AdjustError> {
        self.with_quota(key, plan, |limits, ask| limits.settle(ask, extra, now, now))
    }

    fn with_quota<T>(
        &self,
        key: &ApiKeyId,
        plan: &UsagePlanName,
        act: impl FnOnce(&dyn Limits, &Ask<'_>) -> T,
    ) -> Result<T, AdjustError> {
        let shared = self.shared();
        let loaded = shared.plan.load_full();
        let found = loaded.usage_plans.get(plan).ok_or(AdjustError::NoPlan(plan.clone()))?;
        let quota = found.quota.as_ref().ok_or(AdjustError::NoQuota(plan.clone()))?;
        let limits = &*shared.dependencies.limits;
        let ask = Ask::one(&quota.policy, quota.key(limits.seed(), key.as_str()));
        Ok(act(limits, &ask))
    }

    /// Takes so many requests of the key's quota, though it makes none.
    pub fn charge_quota(
        &self,
        key: &ApiKeyId,
        plan: &UsagePlanName,
        requests: u64,
        now: Now,
    ) -> Result<(), AdjustError> {
        self.settle_quota(key, plan, i64::try_from(requests).unwrap_or(i64::MAX), now)
    }

    /// Counts `used` of the key's quota and no more, which gives back what is beyond the limit as well: no
    /// store tells of that.
    pub async fn lower_quota(
        &self,
        key: &ApiKeyId,
        plan: &UsagePlanName,
        used: u64,
        now: Now,
    ) -> Result<(), AdjustError> {
        let lowered = self.with_quota(key, plan, |limits, ask| limits.lower(ask, used, now))?;
        lowered.await.map_err(AdjustError::Store)
    }

    /// Gives the key everything back that its plan's limits count.
    pub async fn reset_usage(
        &self,
        key: &ApiKeyId,
        plan: &UsagePlanName,
        now: Now,
    ) -> Result<(), AdjustError> {
        let shared = self.shared();
        let loaded = shared.plan.load_full();
        let found = loaded.usage_plans.get(plan).ok_or(AdjustError::NoPlan(plan.clone()))?;
        let limits = &*shared.dependencies.limits;
        for (policy, key) in keys(found, limits, key) {
            let reset = limits.reset(&Ask::one(policy, key), now);
            reset.await.map_err(AdjustError::Store)?;
        }
        Ok(())
    }
}

fn keys<'a>(
    plan: &'a CompiledPlan,
    limits: &'a dyn Limits,
    id: &'a ApiKeyId,
) -> impl Iterator<Item = (&'a limits::Policy, Key)> {
    plan.limits().map(|limit| (&limit.policy, limit.key(limits.seed(), id.as_str())))
}

/// Asks for nothing, which debits nothing and is never denied. With what was told in full.
pub(super) async fn standing(
    limits: &dyn Limits,
    limit: &PlanLimit,
    id: &str,
    now: Now,
) -> Option<(Standing, PlanStanding)> {
    let key = limit.key(limits.seed(), id);
    let decision = limits.peek(&[Ask::one(&limit.policy, key).cost(0)], now).await;
    let standing = decision.standings().first()?;
    let plan = PlanStanding {
        policy: limit.policy.name().to_owned(),
        rule: limit.policy.rule().clone(),
        limit: limit.policy.limit(),
        remaining: standing.remaining,
        full_in: standing.full_in(),
    };
    Some((*standing, plan))
}
