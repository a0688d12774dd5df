//! What a stack is given from outside: kept sealed, since some of it is secret.

use std::collections::BTreeMap;
use std::fmt;

use aws::Seal;
use serde::{Deserialize, Serialize};
use store::Deployment;

use super::Deployments;
use crate::trouble::Trouble;

/// Values of parameters, and of the variables that a source refers to.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    #[serde(default)]
    pub(crate) set: Vec<(String, String)>,
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    /// Whether what is not supported is left out instead of refused.
    #[serde(default)]
    pub(crate) allow_unsupported: bool,
    /// What it imported of other stacks, with marks as the composed stack has them.
    #[serde(default)]
    pub(crate) imports: BTreeMap<String, String>,
}

/// Names only.
impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: Vec<_> = self.set.iter().map(|(name, _)| name).collect();
        let environment: Vec<_> = self.environment.keys().collect();
        f.debug_struct("Given").field("set", &set).field("environment", &environment).finish()
    }
}

fn owner(name: &str) -> String {
    format!("deployment {name}")
}

impl Deployments {
    pub(super) fn sealed(&self, name: &str, given: &Given) -> String {
        let text = serde_json::to_string(given).unwrap_or_default();
        self.sealing.seal(&text, &owner(name))
    }

    pub(super) fn given(&self, kept: &Deployment) -> Result<Given, Trouble> {
        let opened = self.sealing.open(&kept.inputs, &owner(&kept.name));
        let given = opened.and_then(|text| serde_json::from_str(&text).ok());
        given.ok_or_else(|| {
            Trouble::from(format!(
                "the values that the stack `{}` was deployed with cannot be opened: the state folder's \
                 `secrets.key` is another one; put its backup in place",
                kept.name
            ))
        })
    }
}
