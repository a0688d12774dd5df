//! Looks after what limits have counted: quotas are kept through a loss of power, and whoever was
//! forgotten for lack of room is told. Through the end of the process, however it comes, counts stay
//! without this.

use std::sync::Arc;
use std::time::Duration;

use limits::Usage;
use model::Moment;

use crate::event::Event;
use crate::platform::Platform;
use crate::trouble::Trouble;

/// What a machine that loses power may forget.
const EVERY: Duration = Duration::from_secs(1);
/// Between two tellings of who was forgotten.
const PATIENCE: Duration = Duration::from_hours(1);

/// Writes counts to the disk, if they are in this process. Trouble is told when it begins, not each time.
pub(crate) async fn keep(platform: Arc<Platform>) {
    let Some(limits) = platform.core.limit_store.memory().cloned() else { return };
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut was_well = true;
    let mut forgotten = Forgotten::default();
    loop {
        every.tick().await;
        let usage = limits.usage();
        if let Some(told) = forgotten.news(&usage, platform.clock.moment()) {
            platform.report(&Event::from(Trouble::from(told)));
        }
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

/// Callers who had their limits again because there was no room to count them.
#[derive(Debug, Default)]
struct Forgotten {
    told: [u64; 4],
    at: Option<Moment>,
}

impl Forgotten {
    /// Nothing when nobody was forgotten, or it was told a short while ago.
    fn news(&mut self, usage: &Usage, now: Moment) -> Option<String> {
        if self.at.is_some_and(|at| now.since(at) < PATIENCE) {
            return None;
        }
        let tables = usage.by_kind();
        let more =
            tables.iter().zip(self.told).filter(|((_, table), told)| table.evictions > *told);
        let lines: Vec<String> = more
            .map(|((kind, table), told)| {
                let (callers, room) = (table.evictions - told, table.capacity);
                format!(
                    "callers under a {kind} who were forgotten and have all of it again: {callers}; there \
                     is room for {room}, and `limits_store` has more"
                )
            })
            .collect();
        self.told = tables.map(|(_, table)| table.evictions);
        (!lines.is_empty()).then(|| {
            self.at = Some(now);
            lines.join("\n")
        })
    }
}

#[cfg(test)]
mod tests {
    use limits::Filled;
    use model::{Clock, ManualClock, Timestamp};

    use super::*;

    fn usage(rates: u64, rolling: u64) -> Usage {
        let filled = |capacity, evictions| Filled { capacity, evictions };
        Usage {
            rates: filled(100, rates),
            windows: filled(40, 0),
            quotas: filled(20, 0),
            rolling: filled(10, rolling),
        }
    }

    #[test]
    fn who_was_forgotten_is_told_at_once_and_then_by_the_hour() {
        let clock = ManualClock::at(Timestamp(0));
        let mut forgotten = Forgotten::default();
        assert_eq!(forgotten.news(&usage(0, 0), clock.moment()), None);
        let told = "callers under a rolling quota who were forgotten and have all of it again: 3; there \
                    is room for 10, and `limits_store` has more";
        assert_eq!(forgotten.news(&usage(0, 3), clock.moment()).as_deref(), Some(told));
        assert_eq!(forgotten.news(&usage(0, 9), clock.moment()), None);
        clock.advance(PATIENCE);
        let told = forgotten.news(&usage(1, 9), clock.moment()).expect("news");
        assert!(told.contains("a rate who were forgotten and have all of it again: 1;"), "{told}");
        assert!(told.contains("a rolling quota who were forgotten and have all of it again: 6;"));
        clock.advance(PATIENCE);
        assert_eq!(forgotten.news(&usage(1, 9), clock.moment()), None);
    }
}
