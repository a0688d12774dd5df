//! What operators do to keys.

use std::time::Duration;

use model::{
    ApiKey, ApiKeyName, ApiName, KeyText, KeyValue, Origin, Stack, Timestamp, UsagePlanName,
};
use store::KeyChange;

use super::{KeyError, Keys, listed, new_id, new_value};

/// A key that somebody asks for.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) name: ApiKeyName,
    pub(crate) plans: Vec<UsagePlanName>,
    /// One is made when none is given.
    pub(crate) value: Option<KeyText>,
    pub(crate) expires: Option<Timestamp>,
}

/// A key with a value that was made for it, to be shown this once.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) key: ApiKey,
    pub(crate) value: Option<KeyText>,
}

/// Whether a key opens anything.
#[derive(Debug, Clone, Copy)]
enum Switch {
    On,
    Off,
}

impl Keys {
    pub(crate) async fn create(&self, wanted: Wanted, stack: &Stack) -> Result<Made, KeyError> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.timestamp();
        check_plans(&wanted, stack)?;
        if let Some(expires) = wanted.expires.filter(|expires| *expires <= now) {
            let text = format!("the key would have expired at {expires}; choose a later day");
            return Err(KeyError::Refused(text));
        }
        if kept.iter().any(|key| key.name == wanted.name) {
            let text = format!("there is a key `{}` already; choose another name", wanted.name);
            return Err(KeyError::Refused(text));
        }
        let (text, made) = given_or_made(wanted.value)?;
        let key = ApiKey {
            id: new_id(),
            name: wanted.name,
            origin: Origin::Operator,
            plans: wanted.plans,
            values: vec![KeyValue::of(&text, now)],
            enabled: true,
            expires: wanted.expires,
            created: now,
            updated: now,
        };
        let line = self.line("create key", &key, format!("in {}", listed(&key.plans)));
        let change = (KeyChange::Keep(Box::new(key.clone())), line);
        self.change(&mut kept, vec![change]).await?;
        Ok(Made { key, value: made })
    }

    pub(crate) async fn rotate(
        &self,
        name: &str,
        value: Option<KeyText>,
        overlap: Duration,
        stack: &Stack,
    ) -> Result<Made, KeyError> {
        let mut kept = self.kept.lock().await;
        let key = find(&kept, name)?.clone();
        let is_given = stack.keys.get(&key.name).is_some_and(|declared| declared.value.is_some());
        if is_given && key.origin == Origin::Manifest {
            return Err(KeyError::Refused(format!(
                "the manifest gives the value of `{}`; change it there, with `overlap` for both to be accepted a while",
                key.name
            )));
        }
        let now = self.clock.timestamp();
        let (text, made) = given_or_made(value)?;
        let value = KeyValue::of(&text, now);
        let detail = match key.values.is_empty() {
            true => format!("the first value, {}...", value.prefix),
            false => {
                let until = now.plus(overlap);
                format!("another value, {}..., the one before until {until}", value.prefix)
            }
        };
        let line = self.line("rotate key", &key, detail);
        let key = key.rotated(value, overlap, now);
        self.change(&mut kept, vec![(KeyChange::Keep(Box::new(key.clone())), line)]).await?;
        Ok(Made { key, value: made })
    }

    pub(crate) async fn enable(&self, name: &str) -> Result<ApiKey, KeyError> {
        self.switch(name, Switch::On).await
    }

    pub(crate) async fn disable(&self, name: &str) -> Result<ApiKey, KeyError> {
        self.switch(name, Switch::Off).await
    }

    async fn switch(&self, name: &str, to: Switch) -> Result<ApiKey, KeyError> {
        let mut kept = self.kept.lock().await;
        let (is_on, action) = match to {
            Switch::On => (true, "enable key"),
            Switch::Off => (false, "disable key"),
        };
        let key = find(&kept, name)?.clone().switched(is_on, self.clock.timestamp());
        let line = self.line(action, &key, String::new());
        self.change(&mut kept, vec![(KeyChange::Keep(Box::new(key.clone())), line)]).await?;
        Ok(key)
    }

    pub(crate) async fn delete(&self, name: &str) -> Result<ApiKey, KeyError> {
        let mut kept = self.kept.lock().await;
        let key = find(&kept, name)?.clone();
        if key.origin == Origin::Manifest {
            return Err(KeyError::Refused(format!(
                "the manifest declares `{name}`; remove it there, or close it with `tidegate keys disable {name}`",
                name = key.name
            )));
        }
        let line = self.line("delete key", &key, String::new());
        self.change(&mut kept, vec![(KeyChange::Forget(key.id.clone()), line)]).await?;
        Ok(key)
    }
}

pub(super) fn find<'a>(kept: &'a [ApiKey], name: &str) -> Result<&'a ApiKey, KeyError> {
    let named = kept.iter().find(|key| key.name.as_str() == name);
    let found = named.or_else(|| kept.iter().find(|key| key.id.as_str() == name));
    found.ok_or_else(|| KeyError::Unknown(name.to_owned()))
}

/// The value to use, and again if nobody knows it yet.
fn given_or_made(given: Option<KeyText>) -> Result<(KeyText, Option<KeyText>), KeyError> {
    match given {
        Some(text) => Ok((text, None)),
        None => {
            let made = new_value()?;
            Ok((made.clone(), Some(made)))
        }
    }
}

/// As the manifest's keys are checked: the plans exist, and no two are good for one API.
fn check_plans(wanted: &Wanted, stack: &Stack) -> Result<(), KeyError> {
    let mut taken: Vec<(&ApiName, &UsagePlanName)> = Vec::new();
    if wanted.plans.is_empty() {
        return Err(KeyError::Refused("the key needs a usage plan to be good for anything".into()));
    }
    for name in &wanted.plans {
        let Some(plan) = stack.usage_plans.get(name) else {
            let known: Vec<_> = stack.usage_plans.keys().cloned().collect();
            let text = match known.is_empty() {
                true => format!("there is no usage plan `{name}`; the manifest has none"),
                false => format!("there is no usage plan `{name}`; there are {}", listed(&known)),
            };
            return Err(KeyError::Refused(text));
        };
        for covered in &plan.apis {
            if let Some((api, other)) = taken.iter().find(|(api, _)| *api == &covered.api) {
                return Err(KeyError::Refused(format!(
                    "the plans `{other}` and `{name}` are both good for the API `{api}`; a key has one plan for each"
                )));
            }
            taken.push((&covered.api, name));
        }
    }
    Ok(())
}
