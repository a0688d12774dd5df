//! Removes builds and staged code that no running version uses and nothing that is kept names.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use model::{Function, MadeFunction, PublishedVersion, Snapshot};

use crate::aside;
use crate::event::Event;
use crate::platform::Platform;
use crate::trouble::Trouble;

impl Platform {
    /// Code of what ended, or never came to run, goes; nobody waits for somebody else's sweep.
    pub(crate) async fn sweep(&self) -> Result<(), Trouble> {
        let artifacts = Arc::clone(self.functions.artifacts());
        let begun = blocking(move || artifacts.begin_sweep()).await?;
        let Some(sweep) = begun else { return Ok(()) };
        let mut named = named(&self.resources.snapshot());
        if let Some(all) = &self.deployments {
            named.extend(all.made().await?);
        }
        blocking(move || sweep.finish(&named)).await.map(drop)
    }

    /// Once what was replaced has ended.
    pub(crate) fn sweep_soon(self: &Arc<Self>) {
        let platform = Arc::clone(self);
        aside::spawn(async move {
            platform.functions.settle().await;
            if let Err(trouble) = platform.sweep().await {
                platform.report(&Event::from(trouble));
            }
        });
    }
}

/// Where the code of functions lies that AWS calls made or published.
fn named(resources: &Snapshot) -> BTreeSet<PathBuf> {
    let made = resources.all::<MadeFunction>().map(|made| &*made.function);
    let published = resources.all::<PublishedVersion>().map(|version| &*version.function);
    let code =
        |it: &Function| it.code.path().into_iter().chain(&it.layers).cloned().collect::<Vec<_>>();
    made.chain(published).flat_map(code).collect()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(work).await.map_err(io::Error::other).flatten();
    done.map_err(|error| {
        Trouble::from(format!("what no version uses could not be removed: {error}"))
    })
}
