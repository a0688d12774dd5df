//! Makes what the manifest says the running state, at the start and on every save.

mod fingerprint;
mod follow;
mod saves;
mod watch;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use functions::{Progress, Warming};
use model::{FunctionName, Stack};
use stack::change_set::{self, ChangeSet};

use crate::apply::Order;
use crate::aside;
use crate::debugging;
use crate::event::{Event, Reporter};
use crate::options::Served;
use crate::platform::Platform;
use crate::trouble::Trouble;

pub(crate) use fingerprint::is_made_by_tools;
pub(crate) use follow::{Following, Looked, follow};
pub use saves::Saves;

/// Interpreters that look at code are in the way of those that start to run it.
const REQUESTS_FIRST: Duration = Duration::from_secs(1);

/// What a reload did.
#[derive(Debug)]
pub(crate) struct Reloaded {
    pub(crate) changes: ChangeSet,
    pub(crate) took_ms: u64,
}

/// Tells the reporter what preparation is doing.
pub(crate) struct Told(pub(crate) Arc<dyn Reporter>);

impl Progress for Told {
    fn step(&self, function: &FunctionName, text: &str) {
        let (function, message) = (function.to_string(), text.to_owned());
        self.0.report(&Event::Building { function, message });
    }

    fn output(&self, function: &FunctionName, line: &str) {
        self.step(function, line);
    }
}

impl Platform {
    /// Reads what is to be served, off the thread that serves the admin port.
    pub(crate) async fn read(&self) -> Result<Stack, Trouble> {
        let Served::Manifest(manifest) = self.options.source.clone() else {
            return self
                .deployments
                .as_ref()
                .map_or_else(|| Ok(Stack::default()), |all| all.composed());
        };
        let inputs = self.options.inputs.clone();
        let read = tokio::task::spawn_blocking(move || stack::read(&manifest, &inputs)).await;
        let read = match read {
            Ok(read) => read.map_err(|problems| Trouble::of(&problems, self.options.look)),
            Err(panic) => Err(Trouble::from(format!("reading the manifest failed: {panic}"))),
        };
        let mut stack = read?;
        debugging::wait_for(self.options.debugger.as_ref(), &mut stack)?;
        Ok(stack)
    }

    /// Takes note of what the manifest asks for, if that can be read; the reload says if not.
    pub(crate) async fn note_wanted(&self) {
        if let Ok(wanted) = self.read().await {
            self.wanted.store(Arc::new(wanted));
        }
    }

    /// What a reload would change.
    pub(crate) async fn changes(&self) -> Result<ChangeSet, Trouble> {
        let wanted = self.read().await?;
        Ok(self.changes_to(&wanted))
    }

    /// What AWS calls changed counts as it is, so that applying the manifest again sets it back.
    pub(crate) fn changes_to(&self, wanted: &Stack) -> ChangeSet {
        let applied = self.stack.load();
        let running = self.resources.as_running(&applied, wanted);
        change_set::with_drift(&applied, &running, wanted)
    }

    /// Says which functions have code that cannot be read, since nobody may ask for them in a long time. What was
    /// said is not said again for as long as it is so.
    pub(crate) fn check_syntax_soon(self: &Arc<Self>) {
        let platform = Arc::clone(self);
        aside::spawn(async move {
            tokio::time::sleep(REQUESTS_FIRST).await;
            let found = Arc::new(platform.functions.check_syntax().await);
            let told = platform.unreadable.swap(Arc::clone(&found));
            let fresh: Vec<_> = found.iter().filter(|it| !told.contains(it)).cloned().collect();
            if !fresh.is_empty() {
                platform.report(&Event::from(Trouble::from(fresh)));
            }
        });
    }

    async fn apply_what_is_read(&self) -> Result<ChangeSet, Trouble> {
        let wanted = Arc::new(self.read().await?);
        let reporter = Arc::clone(&self.reporter);
        let (warming, left_alone) = (Warming::Replaced, BTreeSet::new());
        self.apply(&Order { wanted, warming, left_alone, reporter }).await
    }

    /// Applies the manifest as it is now, and says what came of it. On trouble the state before
    /// keeps running. `saved` names functions and processes whose code changed under the same settings.
    pub(crate) async fn reload(&self, saved: &[String]) -> Result<Reloaded, Trouble> {
        let _turn = self.applying.lock().await;
        let began = self.clock.moment();
        let applied = self.apply_what_is_read().await;
        let took = self.clock.moment().since(began).as_millis();
        let took_ms = u64::try_from(took).unwrap_or(u64::MAX);
        match applied {
            Ok(changes) => {
                let mut lines = lines(&changes);
                lines.extend(saved.iter().map(|whose| format!("~ code of {whose}")));
                self.report(&Event::Reload { changes: lines, took_ms });
                Ok(Reloaded { changes, took_ms })
            }
            Err(trouble) => {
                self.report(&Event::refused(trouble.clone()));
                Err(trouble)
            }
        }
    }
}

/// One line per change, as `tidegate check` prints them.
fn lines(changes: &ChangeSet) -> Vec<String> {
    if changes.is_empty() {
        return Vec::new();
    }
    changes.to_string().lines().map(str::to_owned).collect()
}
