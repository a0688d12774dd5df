//! Stacks that were deployed once and cannot be served now: set aside and named, while the others are served.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use functions::{Functions, Progress};
use model::Stack;
use serde_json::Value;
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

    /// Sets aside the stacks that have what this is about, and says whether any has.
    pub(crate) fn set_aside(&self, trouble: &Trouble) -> bool {
        let mut all = self.all().to_vec();
        let mut is_somebodys = false;
        for deployed in &mut all {
            if let Some(own) = of_stack(trouble, &deployed.stack) {
                *deployed = Arc::new(Deployed::aside(deployed.kept.clone(), own));
                is_somebodys = true;
            }
        }
        self.now.store(Arc::new(all));
        is_somebodys
    }

    /// The source of a stack that cannot be served is made again of what is sent.
    pub(crate) fn forget_damaged(&self, bundle: &str) -> io::Result<()> {
        let all = self.all();
        let is_damaged = |it: &Arc<Deployed>| it.trouble.is_some() && it.kept.bundle == bundle;
        if all.iter().any(is_damaged) { self.folders.forget_bundle(bundle) } else { Ok(()) }
    }

    /// The stacks that are set aside.
    pub(crate) fn set_aside_names(&self) -> Vec<String> {
        let all = self.all();
        let troubled = all.iter().filter(|it| it.trouble.is_some());
        troubled.map(|it| it.kept.name.clone()).collect()
    }

    /// A sentence for each stack that is set aside.
    pub(crate) fn troubled(&self) -> Vec<String> {
        let all = self.all();
        let troubled = all.iter().filter_map(|it| Some((&it.kept.name, it.trouble.as_ref()?)));
        let told = troubled.map(|(name, trouble)| {
            format!(
                "stack `{name}` is not served, and is tried again: {}; deploy it again, go back with \
                 `tidegate rollback {name}`, or destroy it",
                trouble.message
            )
        });
        told.collect()
    }
}

/// The part of it that is about functions, processes and caches of this stack.
fn of_stack(trouble: &Trouble, stack: &Stack) -> Option<Trouble> {
    let mut own = Trouble { message: String::new(), problems: Vec::new() };
    for problem in &trouble.problems {
        let Some((kind, name)) = whose(problem, stack) else { continue };
        let reason = problem["message"].as_str().unwrap_or_default();
        let separator = if own.problems.is_empty() { "" } else { "\n" };
        own.message.push_str(&format!("{separator}{kind} `{name}`: {reason}"));
        own.problems.push(problem.clone());
    }
    (!own.problems.is_empty()).then_some(own)
}

/// The function, process or cache of the stack that a problem names.
fn whose<'a>(problem: &'a Value, stack: &Stack) -> Option<(&'static str, &'a str)> {
    let named = |kind: &'static str| Some((kind, problem[kind].as_str()?));
    let (kind, name) = ["function", "process", "cache"].into_iter().find_map(named)?;
    let is_own = match kind {
        "function" => stack.functions.keys().any(|own| own.as_str() == name),
        "process" => stack.processes.keys().any(|own| own.as_str() == name),
        _ => stack.caches.keys().any(|own| own.as_str() == name),
    };
    is_own.then_some((kind, name))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(process: &str) -> Stack {
        let manifest =
            format!("name: s\nprocesses: {{ {process}: {{ code: ., command: [./x] }} }}\n");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tidegate.yaml");
        std::fs::write(&path, manifest).expect("written");
        stack::read(&path, &stack::Inputs::default()).expect("a stack")
    }

    #[test]
    fn a_stack_has_the_trouble_of_what_it_has() {
        let problem = |kind: &str, name: &str| serde_json::json!({ kind: name, "message": "no" });
        let problems =
            vec![problem("process", "a"), problem("process", "b"), problem("cache", "a")];
        let trouble = Trouble { message: "all".to_owned(), problems };
        let own = of_stack(&trouble, &stack("a")).expect("some of it");
        assert_eq!(own.message, "process `a`: no");
        assert_eq!(own.problems, [problem("process", "a")]);
        assert_eq!(of_stack(&trouble, &stack("c")), None);
        assert_eq!(of_stack(&Trouble::from("no".to_owned()), &stack("a")), None);
    }
}
