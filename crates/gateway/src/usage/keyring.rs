//! Every key by the digests of its values: a request's key is found in memory, and nothing that is
//! looked up here is a secret.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use model::{ApiKey, ApiKeyId, ApiKeyName, Digest, Timestamp, UsagePlanName};

use super::plan::GoodPlan;
use super::tally::Tally;

#[derive(Default)]
pub(super) struct Keyring {
    values: HashMap<Digest, Value, RandomState>,
}

struct Value {
    caller: Arc<Caller>,
    until: Option<Timestamp>,
}

/// Who has a key.
pub(super) struct Caller {
    pub(super) id: Arc<str>,
    pub(super) name: ApiKeyName,
    /// What people who look at limits see.
    pub(super) text: Arc<str>,
    is_enabled: bool,
    pub(super) expires: Option<Timestamp>,
    pub(super) plans: Box<[Membership]>,
}

/// A key's part in a plan.
pub(super) struct Membership {
    pub(super) plan: UsagePlanName,
    pub(super) tally: Arc<Tally>,
}

impl Keyring {
    pub(super) fn of(
        keys: &[ApiKey],
        mut tally: impl FnMut(&ApiKeyId, &UsagePlanName) -> Arc<Tally>,
    ) -> Self {
        let mut values = HashMap::with_hasher(RandomState::default());
        for key in keys {
            let membership = |plan: &UsagePlanName| Membership {
                plan: plan.clone(),
                tally: tally(&key.id, plan),
            };
            let caller = Arc::new(Caller {
                id: key.id.as_str().into(),
                name: key.name.clone(),
                text: format!("key={}", key.name).into(),
                is_enabled: key.enabled,
                expires: key.expires,
                plans: key.plans.iter().map(membership).collect(),
            });
            for value in &key.values {
                let caller = Arc::clone(&caller);
                values.insert(value.digest, Value { caller, until: value.until });
            }
        }
        Self { values }
    }

    /// Whoever may call with this value now. How long the search takes tells about the digest of
    /// what was sent, which nobody can choose; the last comparison takes the same time always.
    pub(super) fn find(&self, given: &[u8], now: Timestamp) -> Option<&Arc<Caller>> {
        let digest = Digest::of(given);
        let (kept, value) = self.values.get_key_value(&digest)?;
        let is_accepted = value.until.is_none_or(|until| now < until);
        let caller = &value.caller;
        let is_live = caller.is_enabled && caller.expires.is_none_or(|expires| now < expires);
        (kept.is_same(&digest) && is_accepted && is_live).then_some(caller)
    }
}

impl Caller {
    /// The plan that counts where these are good.
    pub(super) fn plan_among<'a, 'b>(
        &'a self,
        good: &'b [GoodPlan],
    ) -> Option<(&'a Membership, &'b GoodPlan)> {
        self.plans.iter().find_map(|membership| {
            let good = good.iter().find(|good| good.plan.name == membership.plan)?;
            Some((membership, good))
        })
    }
}

#[cfg(test)]
mod tests {
    use model::{KeyText, KeyValue, Origin};

    use super::*;

    fn key(name: &str, texts: &[&str]) -> ApiKey {
        let value =
            |text: &&str| KeyValue::of(&KeyText::parse(text).expect("a value"), Timestamp(0));
        ApiKey {
            id: ApiKeyId::known(name),
            name: ApiKeyName::parse(name).expect("a name"),
            origin: Origin::Operator,
            plans: Vec::new(),
            values: texts.iter().map(value).collect(),
            enabled: true,
            expires: None,
            created: Timestamp(0),
            updated: Timestamp(0),
        }
    }

    fn found(keys: &[ApiKey], given: &str, now: u64) -> Option<String> {
        let keyring = Keyring::of(keys, |_, _| Arc::default());
        keyring.find(given.as_bytes(), Timestamp(now)).map(|caller| caller.name.to_string())
    }

    const ONE: &str = "one-value-of-20-chars";
    const TWO: &str = "two-value-of-20-chars";

    #[test]
    fn each_accepted_value_opens() {
        let mut partner = key("partner", &[ONE, TWO]);
        partner.values[1].until = Some(Timestamp(100));
        let keys = [partner, key("friend", &["3rd-value-of-20-chars"])];
        assert_eq!(found(&keys, ONE, 100).as_deref(), Some("partner"));
        assert_eq!(found(&keys, TWO, 99).as_deref(), Some("partner"));
        assert_eq!(found(&keys, TWO, 100), None);
        assert_eq!(found(&keys, "3rd-value-of-20-chars", 5).as_deref(), Some("friend"));
        assert_eq!(found(&keys, "", 5), None);
        assert_eq!(found(&keys, "one-value-of-20-char", 5), None);
    }

    #[test]
    fn disabled_and_expired_keys_open_nothing() {
        let mut off = key("off", &[ONE]);
        off.enabled = false;
        let mut late = key("late", &[TWO]);
        late.expires = Some(Timestamp(100));
        let keys = [off, late];
        assert_eq!(found(&keys, ONE, 1), None);
        assert_eq!(found(&keys, TWO, 99).as_deref(), Some("late"));
        assert_eq!(found(&keys, TWO, 100), None);
    }
}
