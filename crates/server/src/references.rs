//! Puts what is known once a stack runs in the place of references to it.

use std::collections::BTreeMap;

use model::{CacheName, CacheUrl, Reference, Stack};

use crate::trouble::Trouble;

/// What variables may refer to.
pub(crate) struct Known<'a> {
    /// Where the server answers to APIs.
    pub(crate) api: &'a str,
    pub(crate) caches: &'a BTreeMap<CacheName, CacheUrl>,
}

impl Known<'_> {
    /// The stack as its functions, its processes and its limits see it.
    pub(crate) fn fill(&self, stack: &Stack) -> Result<Stack, Trouble> {
        let mut filled = stack.clone();
        let functions = filled.functions.values_mut().map(|it| &mut it.environment);
        let processes = filled.processes.values_mut().map(|it| &mut it.environment);
        for value in functions.chain(processes).flat_map(|environment| environment.values_mut()) {
            *value = self.one(stack, value)?;
        }
        if let Some(store) = &mut filled.limits_store {
            store.url = self.one(stack, &store.url)?;
        }
        Ok(filled)
    }

    fn one(&self, stack: &Stack, value: &str) -> Result<String, Trouble> {
        let filled = model::reference::fill(value, |reference| self.value(stack, reference));
        filled.map_err(|unknown| Trouble::from(format!("nothing is known of `{unknown}`")))
    }

    fn value(&self, stack: &Stack, reference: &Reference) -> Option<String> {
        match reference {
            Reference::Cache(name, part) => Some(self.caches.get(name)?.part(*part)),
            Reference::Api(name) => {
                let api = stack.apis.iter().find(|api| api.name == *name)?;
                let stage = Some(&api.stage).filter(|stage| *stage != "$default");
                Some(stage.map_or(self.api.to_owned(), |stage| format!("{}/{stage}", self.api)))
            }
        }
    }
}
