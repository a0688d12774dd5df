//! What was made of a stack's source, so that it stays for as long as the source can be gone back to.

use std::collections::BTreeSet;
use std::path::PathBuf;

use model::Stack;

use super::{Deployments, unusable};
use crate::platform::Platform;
use crate::trouble::Trouble;

impl Platform {
    /// What there is in the state folder for whoever runs the stack's code again.
    pub(super) fn made_of(&self, stack: &Stack) -> BTreeSet<PathBuf> {
        let functions = stack.functions.keys().flat_map(|name| self.functions.artifacts_of(name));
        let processes = stack.processes.keys().flat_map(|name| self.processes.artifacts_of(name));
        functions.chain(processes).collect()
    }
}

impl Deployments {
    /// What was made of every revision that is kept.
    pub(crate) async fn made(&self) -> Result<BTreeSet<PathBuf>, Trouble> {
        let bundles: BTreeSet<String> =
            self.kept().await?.into_iter().map(|kept| kept.bundle).collect();
        let folders = self.folders.clone();
        let made = tokio::task::spawn_blocking(move || {
            let made = bundles.iter().map(|bundle| folders.made(bundle));
            made.collect::<std::io::Result<Vec<_>>>()
        });
        let made = made.await.map_err(|panic| Trouble::from(panic.to_string()))?;
        Ok(made.map_err(|error| unusable(&error))?.into_iter().flatten().collect())
    }
}
