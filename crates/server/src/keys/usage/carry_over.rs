//! A quota that changes while the server runs: one of another period or time zone, or where there was none,
//! counts what its period has seen, as after a restart.

use model::{ApiKeyId, Stack, UsagePlanName};

use super::restore::{Disagreement, agree};
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
        let mut changed = Vec::new();
        for key in self.all().await.into_iter().filter(|_| self.counts_alone) {
            for name in &key.plans {
                let quota = |stack: &Stack| stack.usage_plans.get(name)?.quota.clone();
                let new = quota(wanted).filter(|new| quota(current).as_ref() != Some(new));
                changed.extend(new.map(|quota| (key.id.clone(), name.clone(), quota)));
            }
        }
        let mut used = Vec::with_capacity(changed.len());
        if !changed.is_empty() {
            self.note_usage().await?;
        }
        for (key, plan, quota) in changed {
            let requests = self.used(&key, &plan, &quota).await?;
            used.push((key, plan, requests));
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
            if let Disagreement::Counted(missing) = agree(used, &standing) {
                self.gateway.charge_quota(&key, &plan, missing, now)?;
            }
        }
        Ok(())
    }
}
