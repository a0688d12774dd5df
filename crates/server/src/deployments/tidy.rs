//! Removes the files of what is neither served, nor kept to go back to, nor on its way.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use functions::artifacts::{Leaving, Reach};

use super::{Deployments, read, unusable};
use crate::aside;
use crate::bundle::Listing;
use crate::event::Event;
use crate::platform::Platform;
use crate::sweep;
use crate::trouble::Trouble;

/// So many bundles may be on their way at once; of those that never arrive, no more are remembered.
const MOST_ON_THEIR_WAY: usize = 16;

/// Bundles that somebody is sending.
#[derive(Default)]
pub(super) struct OnTheirWay(Mutex<VecDeque<Listing>>);

impl OnTheirWay {
    fn all(&self) -> std::sync::MutexGuard<'_, VecDeque<Listing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deployments {
    /// Contents of this listing are about to be sent.
    pub(crate) fn expect(&self, listing: &Listing) {
        let mut all = self.on_their_way.all();
        all.retain(|other| other != listing);
        all.push_back(listing.clone());
        if all.len() > MOST_ON_THEIR_WAY {
            all.pop_front();
        }
    }

    /// The bundle was deployed, or refused.
    pub(crate) fn arrived(&self, bundle: &str) {
        self.on_their_way.all().retain(|other| other.id() != bundle);
    }

    /// `in_use` is code that still runs though its stack changed.
    async fn tidy(&self, in_use: Vec<PathBuf>) -> Result<(), Trouble> {
        let bundles: BTreeSet<String> =
            self.kept().await?.into_iter().map(|kept| kept.bundle).collect();
        let all = self.all();
        let stacks = all.iter().map(|deployed| &deployed.stack);
        let code = stacks.flat_map(read::code).cloned().chain(in_use).collect();
        let coming: Vec<Listing> = self.on_their_way.all().iter().cloned().collect();
        let folders = self.folders.clone();
        let tidied =
            tokio::task::spawn_blocking(move || folders.tidy(&bundles, &code, &coming)).await;
        let tidied = tidied.map_err(|panic| Trouble::from(panic.to_string()))?;
        tidied.map_err(|error| unusable(&error))
    }
}

impl Platform {
    /// Once what was replaced has ended and nobody else deploys.
    pub(crate) fn tidy_soon(self: &Arc<Self>, all: &Arc<Deployments>) {
        let (platform, all) = (Arc::clone(self), Arc::clone(all));
        aside::spawn(async move {
            platform.functions.settle().await;
            let turn = all.turns.take("tidying up".to_owned(), |_| ()).await;
            let tidied = platform.tidy(&all, platform.functions.code_in_use()).await;
            drop(turn);
            let removed = match tidied {
                Ok(leaving) => sweep::remove(leaving).await,
                Err(trouble) => Err(trouble),
            };
            if let Err(trouble) = removed {
                platform.report(&Event::from(trouble));
            }
        });
    }

    /// Sources first: what was made of one is named beside it. Only in one's turn; what leaves is removed after it.
    pub(super) async fn tidy(
        &self,
        all: &Deployments,
        in_use: Vec<PathBuf>,
    ) -> Result<Option<Leaving>, Trouble> {
        all.tidy(in_use).await?;
        self.sweep(Reach::Everything).await
    }
}
