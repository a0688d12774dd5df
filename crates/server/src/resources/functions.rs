//! Makes functions that AWS calls made, versions, aliases and settings real.

use std::collections::HashMap;
use std::sync::Arc;

use functions::asynchronous::Policies;
use functions::{Arrangement, Asynchronous, Functions, Problem};
use model::{
    Alias, DeadLetters, EventInvokeConfig, Function, FunctionConfiguration, FunctionSettings,
    MadeFunction, ProvisionedConcurrency, PublishedVersion, ReservedConcurrency, Snapshot,
};
use tokio::sync::Mutex;

use super::install::{Install, Installing};

pub(crate) struct InstallFunctions {
    functions: Arc<Functions>,
    asynchronous: Arc<Asynchronous>,
    /// As they were made real last: to prepare code takes time.
    last: Mutex<Option<(Vec<Function>, Vec<PublishedVersion>)>>,
}

impl InstallFunctions {
    pub(crate) fn new(functions: Arc<Functions>, asynchronous: Arc<Asynchronous>) -> Self {
        Self { functions, asynchronous, last: Mutex::default() }
    }

    async fn install_all(&self, all: &Snapshot) -> Result<(), String> {
        self.install_code(all).await;
        let configurations: Vec<&FunctionConfiguration> = all.all().collect();
        self.functions.configure(&configurations).await.map_err(|problems| told(&problems))?;
        let settings: Vec<&FunctionSettings> = all.all().collect();
        let reserved = all.all::<ReservedConcurrency>();
        let reserved = reserved.map(|it| (it.function.clone(), it.invocations)).collect();
        self.functions.arrange(Arrangement {
            aliases: all.all::<Alias>().cloned().collect(),
            reserved,
            provisioned: all.all::<ProvisionedConcurrency>().cloned().collect(),
        });
        let configs = all.all::<EventInvokeConfig>();
        let configs: HashMap<_, _> = configs
            .map(|config| ((config.function.clone(), config.qualifier.clone()), config.clone()))
            .collect();
        let of_settings =
            settings.iter().filter_map(|it| Some((it.function.clone(), it.dead_letters.clone()?)));
        let of_manifest = all.all::<DeadLetters>().map(|it| (it.function.clone(), it.to.clone()));
        let dead_letters = of_settings.chain(of_manifest).collect();
        self.asynchronous.set_policies(Policies { configs, dead_letters });
        Ok(())
    }

    async fn install_code(&self, all: &Snapshot) {
        let made: Vec<Function> =
            all.all::<MadeFunction>().map(|made| (*made.function).clone()).collect();
        let published: Vec<PublishedVersion> = all.all().cloned().collect();
        let mut last = self.last.lock().await;
        if last.as_ref().is_some_and(|last| last.0 == made && last.1 == published) {
            return;
        }
        let latest = self.functions.prepare_made(&made).await;
        let numbered = self.functions.prepare_published(&published).await;
        let is_whole = latest.problems.is_empty() && numbered.problems.is_empty();
        self.functions.install_made(latest);
        self.functions.install_published(numbered);
        // Whether what cannot run was put right is looked at with the next change.
        *last = is_whole.then_some((made, published));
    }
}

impl Install for InstallFunctions {
    fn install<'a>(&'a self, all: &'a Snapshot) -> Installing<'a, ()> {
        Box::pin(self.install_all(all))
    }
}

fn told(problems: &[Problem]) -> String {
    let each: Vec<String> = problems.iter().map(ToString::to_string).collect();
    each.join("; ")
}
