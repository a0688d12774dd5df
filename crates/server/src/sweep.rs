//! Removes builds and staged code that no running version uses and nothing that is kept names.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use functions::artifacts::{Leaving, Reach};
use model::{Function, MadeFunction, PublishedVersion, Snapshot};

use crate::aside;
use crate::event::Event;
use crate::platform::Platform;
use crate::trouble::Trouble;

/// Between two tries while another sweep, or somebody who runs a function locally, is there.
const PAUSE: Duration = Duration::from_secs(1);

impl Platform {
    /// Code of what ended, or never came to run, leaves; nobody waits for somebody else's sweep.
    pub(crate) async fn sweep(&self, reach: Reach) -> Result<Option<Leaving>, Trouble> {
        let artifacts = Arc::clone(self.functions.artifacts());
        let begun = blocking(move || artifacts.begin_sweep(reach)).await?;
        let Some(sweep) = begun else { return Ok(None) };
        let mut named = named(&self.resources.snapshot());
        if let Some(all) = &self.deployments {
            named.extend(all.made().await?);
        }
        blocking(move || sweep.finish(&named)).await.map(Some)
    }

    /// Once what was replaced has ended.
    pub(crate) fn sweep_soon(self: &Arc<Self>, reach: Reach) {
        let platform = Arc::clone(self);
        aside::spawn(async move { platform.sweep_settled(reach).await });
    }

    async fn sweep_settled(&self, reach: Reach) -> Swept {
        self.functions.all_settled().await;
        self.functions.settle().await;
        let removed = match self.sweep(reach).await {
            Ok(None) => return Swept::Later,
            Ok(leaving) => remove(leaving).await,
            Err(trouble) => Err(trouble),
        };
        if let Err(trouble) = removed {
            self.report(&Event::from(trouble));
        }
        Swept::Now
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Swept {
    Now,
    /// Somebody is there whom a sweep would disturb.
    Later,
}

/// Sweeps after AWS calls for as long as the server runs: code that they replace would pile up.
pub(crate) async fn follow_calls(platform: Arc<Platform>) {
    loop {
        platform.resources.code_leaves().await;
        while platform.sweep_settled(Reach::Stages).await == Swept::Later {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// A package has thousands of files, for which nobody else should wait.
pub(crate) async fn remove(leaving: Option<Leaving>) -> Result<(), Trouble> {
    let Some(leaving) = leaving else { return Ok(()) };
    blocking(move || leaving.remove()).await.map(drop)
}

/// Where the code of functions lies that AWS calls made or published.
pub(crate) fn named(resources: &Snapshot) -> BTreeSet<PathBuf> {
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
