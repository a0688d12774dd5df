//! Tries again to serve what is set aside: its processes may come to serve by now, and what it is built with be there.

use std::sync::Arc;
use std::time::Duration;

use functions::Warming;

use super::deploy::others;
use super::{Deployed, Deployments};
use crate::apply::Order;
use crate::event::Event;
use crate::platform::Platform;
use crate::trouble::Trouble;

/// Before the second attempt, the first of which was the server's start.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);

/// Until every stack is served, or destroyed.
pub(crate) async fn keep_trying(platform: Arc<Platform>, all: Arc<Deployments>) {
    for attempt in 0.. {
        let names = all.set_aside_names();
        if names.is_empty() {
            return;
        }
        tokio::time::sleep(pause(attempt)).await;
        for name in names {
            platform.try_again(&all, &name).await;
        }
    }
}

/// Doubles from attempt to attempt.
fn pause(attempt: u32) -> Duration {
    FIRST.saturating_mul(1 << attempt.min(16)).min(LONGEST)
}

impl Platform {
    async fn try_again(&self, all: &Arc<Deployments>, name: &str) {
        let _turn = all.turns.take(format!("`{name}`, tried again"), |_| ()).await;
        let Some(aside) = all.find(name) else { return };
        // Somebody may have deployed it meanwhile.
        let Some(before) = &aside.trouble else { return };
        let Err(trouble) = self.serve_again(all, &aside).await else {
            return self.report(&Event::Note { note: format!("stack {name} is served again") });
        };
        if trouble != *before {
            let text = format!("stack `{name}` is not served: {}", trouble.message);
            self.report(&Event::from(Trouble::from(text)));
        }
        let aside = Deployed::aside(aside.kept.clone(), trouble);
        all.now.store(Arc::new(all.with(&Arc::new(aside))));
    }

    async fn serve_again(&self, all: &Arc<Deployments>, aside: &Deployed) -> Result<(), Trouble> {
        let (kept, beside) = (aside.kept.clone(), Arc::clone(all));
        let read = tokio::task::spawn_blocking(move || {
            let others = beside.without(&kept.name);
            beside.read_kept(kept, &others)
        });
        let next = Arc::new(read.await.map_err(|panic| Trouble::from(panic.to_string()))?);
        if let Some(trouble) = &next.trouble {
            return Err(trouble.clone());
        }
        let composed = Arc::new(all.compose(&all.with(&next))?);
        let left_alone = others(&composed, &next.stack);
        let reporter = Arc::clone(&self.reporter);
        let _applying = self.applying.lock().await;
        let order = Order { wanted: composed, warming: Warming::All, left_alone, reporter };
        self.apply(&order).await?;
        all.now.store(Arc::new(all.with(&next)));
        self.release(all).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses = [0, 1, 2, 8, 9, u32::MAX].map(|attempt| pause(attempt).as_secs());
        assert_eq!(pauses, [1, 2, 4, 256, 300, 300]);
    }
}
