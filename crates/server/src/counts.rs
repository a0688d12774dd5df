//! Keeps what quotas counted through a loss of power. Through the end of the process, however it
//! comes, it stays without this.

use std::sync::Arc;
use std::time::Duration;

use crate::event::Event;
use crate::platform::Platform;
use crate::trouble::Trouble;

/// What a machine that loses power may forget.
const EVERY: Duration = Duration::from_secs(1);

/// Writes counts to the disk, if they are in this process. Trouble is told when it begins, not each time.
pub(crate) async fn keep(platform: Arc<Platform>) {
    let Some(limits) = platform.core.limit_store.memory().cloned() else { return };
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut was_well = true;
    loop {
        every.tick().await;
        let limits = Arc::clone(&limits);
        let Ok(written) = tokio::task::spawn_blocking(move || limits.sync()).await else {
            return;
        };
        if let (Err(error), true) = (&written, was_well) {
            let told = format!("quotas are not written to the disk: {error}");
            platform.report(&Event::from(Trouble::from(told)));
        }
        was_well = written.is_ok();
    }
}
