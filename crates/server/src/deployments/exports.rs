//! What the stacks of a server import of each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Deployed, Deployments, Given, compose};
use crate::trouble::Trouble;

impl Deployed {
    /// What other stacks may import, with references as the composed stack has them.
    pub(crate) fn exports(&self) -> BTreeMap<String, String> {
        let outputs = self.stack.outputs.values();
        let exported = outputs.filter_map(|output| {
            let value = compose::exported(&self.kept.name, &self.stack, &output.value);
            Some((output.export.clone()?, value))
        });
        exported.collect()
    }
}

impl Deployments {
    /// What a stack of this name may import.
    pub(super) fn exports_beside(&self, name: &str) -> BTreeMap<String, String> {
        self.without(name).iter().flat_map(|other| other.exports()).collect()
    }

    /// Refuses exports that another stack has already, and to take away or to change what others import.
    pub(super) fn check_exports(
        &self,
        name: &str,
        next: &BTreeMap<String, String>,
    ) -> Result<(), Trouble> {
        let before = self.find(name).map(|deployed| deployed.exports()).unwrap_or_default();
        let others = self.without(name);
        let mut problems = Vec::new();
        for other in &others {
            let theirs = other.exports();
            for export in next.keys().filter(|export| theirs.contains_key(*export)) {
                let owner = &other.kept.name;
                problems
                    .push(format!("the stack `{owner}` exports `{export}` already; rename one"));
            }
            for export in other.imported.keys().filter(|export| before.contains_key(*export)) {
                let importer = &other.kept.name;
                if before.get(export) != next.get(export) {
                    problems.push(format!(
                        "the stack `{importer}` imports `{export}`, which can neither go nor change \
                         before that; deploy `{importer}` without it first"
                    ));
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Trouble::from(problems.join("\n"))) }
    }

    /// Reads again what was kept with values that are others after a restart, such as addresses. What cannot
    /// be read with them is set aside.
    pub(super) fn import_anew(&self) {
        // Who imports may export what came of it.
        for _ in 0..self.all().len() {
            let mut is_settled = true;
            for deployed in self.all().iter().filter(|it| it.trouble.is_none()) {
                let Ok(given) = self.given(&deployed.kept) else { continue };
                let now = self.exports_beside(&deployed.kept.name);
                let fresh = |(name, value): (&String, &String)| {
                    (name.clone(), now.get(name).unwrap_or(value).clone())
                };
                let imports: BTreeMap<_, _> = given.imports.iter().map(fresh).collect();
                if deployed.imported != imports {
                    let given = Given { imports, ..given };
                    let kept = deployed.kept.clone();
                    let read = self.read(kept.clone(), &given);
                    let read = read.unwrap_or_else(|trouble| Deployed::aside(kept, trouble));
                    self.now.store(Arc::new(self.with(&Arc::new(read))));
                    is_settled = false;
                }
            }
            if is_settled {
                break;
            }
        }
    }
}
