//! Stacks that were deployed once and cannot be served now: set aside and named, while the others are served.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use functions::{Functions, Progress};
use model::Stack;
use store::Deployment;

use super::{Deployed, Deployments, changeable};
use crate::platform::Platform;
use crate::trouble::Trouble;

impl Deployed {
    /// Has nothing until it is deployed again.
    pub(super) fn aside(kept: Deployment, trouble: Trouble) -> Self {
        let stack = Stack { name: kept.name.clone(), ..Stack::default() };
        let (warnings, imported, trouble) = (Vec::new(), BTreeMap::new(), Some(trouble));
        Self { kept, stack, warnings, imported, trouble }
    }
}

impl Deployments {
    /// What is kept as it can be served beside `others`, whatever has become of its files.
    pub(super) fn read_kept(&self, kept: Deployment, others: &[Arc<Deployed>]) -> Deployed {
        let read = self.given(&kept).and_then(|given| self.read(kept.clone(), &given));
        let fits = read.and_then(|read| {
            let mut all = others.to_vec();
            all.push(Arc::new(read.clone()));
            self.compose(&all).map(|_| read)
        });
        fits.unwrap_or_else(|trouble| Deployed::aside(kept, trouble))
    }

    /// Sets aside what has functions that cannot be built or staged any more: a tool or an interpreter may
    /// be gone from the machine, or code from its place.
    pub(crate) async fn set_aside_unbuildable(&self, functions: &Functions, told: &dyn Progress) {
        let mut all = Vec::new();
        for deployed in self.all().iter() {
            let own: Vec<_> = deployed.stack.functions.values().cloned().collect();
            all.push(match functions.prepare(&own, told).await {
                Ok(_) => Arc::clone(deployed),
                Err(problems) => Arc::new(Deployed::aside(deployed.kept.clone(), problems.into())),
            });
        }
        self.now.store(Arc::new(all));
    }

    /// The source of a stack that cannot be served is made again of what is sent.
    pub(crate) fn forget_damaged(&self, bundle: &str) -> io::Result<()> {
        let all = self.all();
        let is_damaged = |it: &Arc<Deployed>| it.trouble.is_some() && it.kept.bundle == bundle;
        if all.iter().any(is_damaged) { self.folders.forget_bundle(bundle) } else { Ok(()) }
    }

    /// A sentence for each stack that is set aside.
    pub(crate) fn troubled(&self) -> Vec<String> {
        let all = self.all();
        let troubled = all.iter().filter_map(|it| Some((&it.kept.name, it.trouble.as_ref()?)));
        let told = troubled.map(|(name, trouble)| {
            format!(
                "stack `{name}` is not served: {}; deploy it again, go back with `tidegate rollback \
                 {name}`, or destroy it",
                trouble.message
            )
        });
        told.collect()
    }
}

impl Platform {
    /// Once every stack is readable, what was held for one that was not goes unless somebody declares it.
    pub(super) async fn release(&self, all: &Deployments) -> Result<(), Trouble> {
        if all.all().iter().any(|deployed| deployed.trouble.is_some()) {
            return Ok(());
        }
        let (resources, keys) = (self.resources.release(), self.keys.release().await);
        if !resources && !keys {
            return Ok(());
        }
        let (stack, filled) = (self.stack.load_full(), self.filled.load_full());
        self.resources.apply(&stack, &changeable(&stack)).await?;
        Ok(self.keys.apply(&filled).await?)
    }
}
