//! Ends a stack, with everything that it had.

use std::collections::BTreeMap;
use std::sync::Arc;

use functions::Warming;
use model::{CacheSource, FunctionName, Stack};
use serde_json::{Value, json};
use store::{AuditLine, DeploymentChange};

use super::{Deployed, Deployments, Progress, Said, changeable};
use crate::apply::Order;
use crate::platform::Platform;
use crate::sweep;
use crate::trouble::Trouble;

impl Platform {
    /// Returns when nothing of the stack runs any more and its files are gone. What would be lost with it
    /// stays, and is named.
    pub(crate) async fn destroy(
        &self,
        all: &Arc<Deployments>,
        name: &str,
        by: &str,
        told: &Arc<Progress>,
    ) -> Result<Value, Trouble> {
        let waiting = |behind: &str| told.say(&Said::Waiting { behind: behind.to_owned() });
        let turn = all.turns.take(format!("`{name}`, destroyed by {by}"), waiting).await;
        // Somebody who was faster may have destroyed it.
        let leaving = all.find(name);
        let leaving = leaving.ok_or_else(|| Trouble::from(format!("`{name}` is gone already")))?;
        all.check_exports(name, &BTreeMap::new())?;
        let composed = Arc::new(all.compose(&all.without(name))?);
        let changes = self.changes_to(&composed);
        told.say(&Said::Changes { text: changes.to_string(), changes });
        {
            let _applying = self.applying.lock().await;
            let left_alone = changeable(&composed);
            let reporter = Arc::clone(told) as _;
            let order =
                Order { wanted: composed, warming: Warming::Replaced, left_alone, reporter };
            self.apply(&order).await?;
            all.forget(&leaving, by, self.clock.timestamp()).await?;
            all.now.store(Arc::new(all.without(name)));
            self.release(all).await?;
        }
        self.functions.settle().await;
        self.processes.settle().await;
        let retained = self.forget_files(&leaving.stack);
        // Nothing of it runs any more.
        let leaving = self.tidy(all, Vec::new()).await?;
        drop(turn);
        sweep::remove(leaving).await?;
        Ok(json!({ "name": name, "retained": retained }))
    }

    /// Removes logs, and data that nobody asked to keep. Gives what stays.
    fn forget_files(&self, stack: &Stack) -> Vec<String> {
        let logs = self.functions.logs();
        let processes = stack.processes.keys().map(|name| name.as_str());
        let processes = processes.chain(stack.caches.keys().map(|name| name.as_str()));
        let processes = processes.filter_map(|name| FunctionName::parse(name).ok());
        stack.functions.keys().cloned().chain(processes).for_each(|name| logs.forget(&name));
        let now = self.resources.snapshot();
        let kept = stack.resources.keys().filter(|id| now.kept(id).is_some());
        let mut retained: Vec<String> =
            kept.map(|id| format!("{id}, which is not empty")).collect();
        for (name, cache) in &stack.caches {
            let CacheSource::Managed(cache) = &cache.source else { continue };
            let folder = self.options.state.join("caches").join(name.as_str());
            if cache.persistent {
                retained.push(format!("the data of cache {name}, in {}", folder.display()));
            } else {
                let _ = std::fs::remove_dir_all(folder);
            }
        }
        let has_data = stack.functions.values().any(|function| function.data)
            || stack.processes.values().any(|process| process.data);
        if has_data {
            let folder = self.options.state.join("data");
            retained.push(format!("the functions' data, in {}", folder.display()));
        }
        retained
    }
}

impl Deployments {
    async fn forget(
        &self,
        leaving: &Deployed,
        by: &str,
        at: model::Timestamp,
    ) -> Result<(), Trouble> {
        let (name, revision) = (leaving.kept.name.clone(), leaving.kept.revision);
        let line = AuditLine {
            at,
            actor: "admin".to_owned(),
            action: "destroy stack".to_owned(),
            subject: format!("stack {name}"),
            detail: format!("by {by}"),
        };
        let change = DeploymentChange::Destroy { name, revision };
        let forgotten = self.store.change_deployment(change, line).await;
        forgotten.map_err(|error| Trouble::from(error.to_string()))
    }
}
