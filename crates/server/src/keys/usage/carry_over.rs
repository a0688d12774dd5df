//! A quota that changes while the server runs: one of another period or time zone, or where there was none,
//! counts what its period has seen, as after a restart.

use model::{ApiKeyId, Stack, UsagePlanName};

use crate::keys::{KeyError, Keys};

/// What keys have used of quotas that are about to change.
#[derive(Debug, Default)]
pub(crate) struct Used(Vec<(ApiKeyId, UsagePlanName, u64)>);

impl Keys {
    /// Before the gateway has the new quotas. Requests between here and there are counted by the old ones
    /// and by the next restart.
    pub(crate) async fn used_before(
        &self,
        current: &Stack,
        wanted: &Stack,
    ) -> Result<Used, KeyError> {
        let mut used = Vec::new();
        if !self.counts_alone {
            return Ok(Used(used));
        }
        self.note_usage().await?;
        for key in self.all().await {
            for name in &key.plans {
                let quota = |stack: &Stack| stack.usage_plans.get(name)?.quota.clone();
                let Some(quota) = quota(wanted).filter(|new| quota(current).as_ref() != Some(new))
                else {
                    continue;
                };
                used.push((key.id.clone(), name.clone(), self.used(&key.id, name, &quota).await?));
            }
        }
        Ok(Used(used))
    }

    /// Once the gateway has them.
    pub(crate) async fn carry_over(&self, before: Used) -> Result<(), KeyError> {
        let now = self.clock.now();
        for (key, plan, used) in before.0 {
            let Some(standing) = self.gateway.quota_standing(&key, &plan, now).await? else {
                continue;
            };
            let counted = standing.limit.saturating_sub(standing.remaining);
            // Whoever is at the limit may be beyond it already.
            if standing.remaining > 0 && used > counted {
                self.gateway.charge_quota(&key, &plan, used - counted, now)?;
            }
        }
        Ok(())
    }
}
